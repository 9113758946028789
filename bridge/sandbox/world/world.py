"""Everything that exists, looked up by id; who sees which channel."""

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from bridge.sandbox.wire import Json
from bridge.sandbox.world.guilds import Guild, TextChannel, view_text_channel
from bridge.sandbox.world.messages import History, Message
from bridge.sandbox.world.threads import Thread, view_thread
from bridge.sandbox.world.users import User

__all__ = ["PRIVILEGED_FLAGS", "Application", "Channel", "World"]

GATEWAY_PRESENCE, GATEWAY_GUILD_MEMBERS, GATEWAY_MESSAGE_CONTENT = 1 << 12, 1 << 14, 1 << 18
PRIVILEGED_FLAGS = GATEWAY_PRESENCE | GATEWAY_GUILD_MEMBERS | GATEWAY_MESSAGE_CONTENT

Channel = TextChannel | Thread


@dataclass(frozen=True)
class Application:
    """An application with a bot user of the same id."""

    id: int
    name: str
    description: str
    token: str
    owner_id: int


class World:
    """The state of the simulated Discord, apart from its sessions."""

    def __init__(self) -> None:
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.guild_members: defaultdict[int, set[int]] = defaultdict(set)
        self.channels: dict[int, Channel] = {}
        self.histories: defaultdict[int, History] = defaultdict(History)
        self.ephemerals: defaultdict[int, History] = defaultdict(lambda: History(most=1000))
        self.applications: dict[int, Application] = {}
        self.commands: dict[int, Json] = {}
        self.index_version = 0
        self.tokens: dict[str, int] = {}
        self.account_tokens: dict[int, str] = {}
        self.stranger_ids: list[int] = []

    def user_of(self, token: str) -> User | None:
        """Return whose token this is; None when it is refused."""
        user_id = self.tokens.get(token)
        return self.users[user_id] if user_id is not None else None

    def give_token(self, user_id: int, token: str) -> None:
        """Let `token` work for the user; the ones it had before stay as they are."""
        self.tokens[token] = user_id
        self.account_tokens[user_id] = token

    def guilds_of(self, user_id: int) -> list[Guild]:
        """Return the guilds that a user is a member of."""
        return [guild for guild in self.guilds.values() if user_id in self.guild_members[guild.id]]

    def sees(self, user_id: int, channel: Channel) -> bool:
        """Tell whether the channel exists for the user: private threads do for members and bots."""
        if isinstance(channel, TextChannel) or self.users[user_id].is_bot:
            return user_id in self.guild_members[channel.guild_id]
        return user_id in channel.member_ids

    def denies(self, channel: Channel, permission: int) -> bool:
        """Tell whether people lack a permission in a channel; a thread's are those of its parent."""
        holder = self.channels.get(channel.parent_id) if isinstance(channel, Thread) else channel
        return isinstance(holder, TextChannel) and bool(holder.denied & permission)

    def audience_of(self, channel: Channel) -> AbstractSet[int]:
        """Return the ids of all users who see the channel."""
        members = self.guild_members[channel.guild_id]
        if isinstance(channel, TextChannel):
            return members
        return channel.member_ids | (members & self.applications.keys())

    def threads_of(self, user_id: int, guild: Guild) -> list[Thread]:
        """Return the open threads that READY and GUILD_CREATE show to the user."""
        threads = [each for each in self.channels.values() if isinstance(each, Thread)]
        return [each for each in threads if each.guild_id == guild.id and self._lists(user_id, each)]

    def text_channels_of(self, guild: Guild) -> list[TextChannel]:
        """Return the channels of a guild that are not threads."""
        channels = [each for each in self.channels.values() if isinstance(each, TextChannel)]
        return [each for each in channels if each.guild_id == guild.id]

    def view_channel(self, channel: Channel, viewer_id: int) -> Json:
        """Show a channel or thread."""
        history = self.histories[channel.id]
        if isinstance(channel, Thread):
            return view_thread(channel, history.last_id, history.count, viewer_id)
        return view_text_channel(channel, history.last_id)

    def message(self, channel_id: int, message_id: int) -> Message | None:
        """Return a message of a channel, ephemeral ones included."""
        found = self.histories[channel_id].find(message_id)
        return found or self.ephemerals[channel_id].find(message_id)

    def keep_message(self, message: Message) -> None:
        """Store a new or changed message: an ephemeral one never enters the history."""
        rooms = self.ephemerals if message.is_ephemeral else self.histories
        rooms[message.channel_id].keep(message)

    def join(self, thread: Thread, user_ids: Sequence[int]) -> Thread:
        """Add members to a thread; return it as it is then."""
        changed = replace(thread, member_ids=thread.member_ids | set(user_ids))
        self.channels[thread.id] = changed
        return changed

    def archive(self, thread: Thread, now_ms: int, *, archived: bool) -> Thread:
        """Close a thread or open it again; return it as it is then."""
        changed = replace(thread, is_archived=archived, archived_at_ms=now_ms)
        self.channels[thread.id] = changed
        return changed

    def _lists(self, user_id: int, thread: Thread) -> bool:
        return not thread.is_archived and self.sees(user_id, thread)
