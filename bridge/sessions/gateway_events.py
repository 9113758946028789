"""Handles gateway events about the connection itself, and passes all others to the sessions."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from bridge.chat import Message
from bridge.sessions.port import Overhear
from bridge.sessions.selfbot.command_index import CommandIndex
from bridge.sessions.selfbot.file_limits import FileLimits
from bridge.sessions.selfbot.gateway import Frame
from bridge.sessions.selfbot.raw_json import Raw, inner, objects, snowflake, text
from bridge.sessions.selfbot.translate import translate
from bridge.sessions.session import ChannelSession
from bridge.sessions.trouble import Trouble, action_required, channel_gone, no_access, not_in_server

REMEMBERED: Final = 4_096
ACCESS: Final = frozenset(
    {"THREAD_CREATE", "THREAD_UPDATE", "THREAD_LIST_SYNC", "CHANNEL_CREATE", "CHANNEL_UPDATE", "GUILD_CREATE"}
)
"""Events after which an account may see a channel that it did not see before."""


class Frames:
    """The sequence numbers of one gateway session, so that a replayed event is handled once."""

    def __init__(self) -> None:
        self._order: deque[int] = deque()
        self._seen: set[int] = set()

    def is_new(self, sequence: int | None) -> bool:
        """Return whether `sequence` is new, and remember it."""
        if sequence is None:
            return True
        if sequence in self._seen:
            return False
        self._seen.add(sequence)
        self._order.append(sequence)
        if len(self._order) > REMEMBERED:
            self._seen.discard(self._order.popleft())
        return True


class Audience(Protocol):
    """The sessions of a connection, and the handlers of events about the connection."""

    sessions: list[ChannelSession]
    user_id: str | None

    async def on_ready(self, auth_token: str | None, guilds: frozenset[str], threads: frozenset[str]) -> None:
        """Handle a new gateway session, maybe with a new token; `guilds` and `threads` are the account's."""
        ...

    def look_again(self, session: ChannelSession) -> None:
        """Handle an event that says that an account without access to its channel may have it now."""
        ...

    async def on_resumed(self) -> None:
        """Handle a resumed gateway session: all missed events have been replayed."""
        ...

    def require_action(self, trouble: Trouble | None) -> None:
        """Handle an action that Discord requires of the account's owner; None if none any more."""
        ...


class GatewayEvents:
    """Dispatches the events of one connection."""

    def __init__(
        self,
        audience: Audience,
        index: CommandIndex,
        limits: FileLimits,
        overhear: Overhear | None = None,
    ) -> None:
        self._audience = audience
        self._index = index
        self._limits = limits
        self._overhear = overhear
        self._frames = Frames()
        self._notices: dict[str, Callable[[Raw], None]] = {
            "USER_REQUIRED_ACTION_UPDATE": self._required_action,
            "GUILD_APPLICATION_COMMAND_INDEX_UPDATE": self._commands_changed,
            "THREAD_DELETE": self._channel_deleted,
            "CHANNEL_DELETE": self._channel_deleted,
            "GUILD_DELETE": self._guild_left,
            "THREAD_MEMBERS_UPDATE": self._thread_left,
        }
        self._lessons: dict[str, Callable[[Raw], None]] = {
            "USER_UPDATE": limits.learn_account,
            "GUILD_CREATE": limits.learn_guild,
            "GUILD_UPDATE": limits.learn_guild,
        }

    async def handle(self, frame: Frame) -> None:
        """Handle `frame`; return when every session it concerns has received it."""
        if frame.event == "READY":
            self._frames = Frames()
        if not self._frames.is_new(frame.sequence):
            return
        if frame.event == "READY":
            await self._ready(frame.payload)
        elif frame.event == "RESUMED":
            await self._audience.on_resumed()
        elif notice := self._notices.get(frame.event):
            notice(frame.payload)
        else:
            if learn := self._lessons.get(frame.event):
                learn(frame.payload)
            self._pass_on(frame)

    async def _ready(self, ready: Raw) -> None:
        self._audience.user_id = snowflake(inner(ready, "user"), "id") or self._audience.user_id
        self._required_action(ready)
        self._limits.learn(ready)
        guilds = objects(ready, "guilds")
        threads = [thread for guild in guilds for thread in objects(guild, "threads")]
        self._index.reset()
        await self._audience.on_ready(text(ready, "auth_token"), _ids(guilds), _ids(threads))

    def _pass_on(self, frame: Frame) -> None:
        if frame.event in ACCESS:
            self._access_given(frame.payload)
        if self._overhear is not None:
            self._overhear(self._audience.user_id, frame.event, frame.payload)
        heard = translate(frame.event, frame.payload)
        if heard is None:
            return
        for session in self._audience.sessions:
            if not isinstance(heard, Message) or heard.channel == session.channel.id:
                session.receive(heard)

    def _required_action(self, payload: Raw) -> None:
        action = text(payload, "required_action")
        self._audience.require_action(action_required(action) if action else None)

    def _access_given(self, payload: Raw) -> None:
        meant = {snowflake(payload, "id"), *_ids(objects(payload, "threads"))}
        for session in self._audience.sessions:
            if session.lacks_access and not meant.isdisjoint((session.channel.id, session.channel.guild)):
                self._audience.look_again(session)

    def _commands_changed(self, payload: Raw) -> None:
        if guild := snowflake(payload, "guild_id"):
            self._index.discard(guild)

    def _channel_deleted(self, payload: Raw) -> None:
        self._trouble_in(channel_gone(), lambda session: session.channel.id == snowflake(payload, "id"))

    def _guild_left(self, payload: Raw) -> None:
        if payload.get("unavailable"):
            return
        left = not_in_server("this account is not a member of the server any more")
        self._trouble_in(left, lambda session: session.channel.guild == snowflake(payload, "id"))

    def _thread_left(self, payload: Raw) -> None:
        removed = payload.get("removed_member_ids")
        if not isinstance(removed, list) or self._audience.user_id not in removed:
            self._access_given(payload)
        else:
            left = no_access("this account is not a member of the thread any more")
            self._trouble_in(left, lambda session: session.channel.id == snowflake(payload, "id"))

    def _trouble_in(self, trouble: Trouble, is_meant: Callable[[ChannelSession], bool]) -> None:
        for session in filter(is_meant, self._audience.sessions):
            session.trouble_here(trouble)


def _ids(found: Iterable[Raw]) -> frozenset[str]:
    return frozenset(each for raw in found if (each := snowflake(raw, "id")))
