"""`resolved`: what the ids in an interaction stand for (Discord's docs, "Resolved Data Structure")."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridge.sandbox.errors import form_error
from bridge.sandbox.message_view import view_file, view_message
from bridge.sandbox.rest.call import Call
from bridge.sandbox.rest.files import upload_named
from bridge.sandbox.wire import Json, as_snowflake
from bridge.sandbox.world.guilds import PERMISSIONS, view_member, view_roles
from bridge.sandbox.world.users import view_user
from bridge.sandbox.world.world import Channel

__all__ = ["Resolver"]

USER, CHANNEL, ROLE, MENTIONABLE, ATTACHMENT = 6, 7, 8, 9, 11
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT, FILE_UPLOAD = 5, 6, 7, 8, 19
USER_COMMAND, MESSAGE_COMMAND = 2, 3
Path = list[str | int]


class Resolver:
    """Collects what the ids of one interaction stand for; files get new ids, which it gives back."""

    def __init__(self, call: Call, channel: Channel, data: Json) -> None:
        self._call = call
        self._channel = channel
        named = data.get("attachments")
        rows = [each for each in named if isinstance(each, dict)] if isinstance(named, list) else []
        self._files = {str(each.get("id")): each for each in rows}
        self.resolved: Json = {}

    def options(self, given: Sequence[Json], path: Path) -> list[Json]:
        """Return the options of a command as the bot hears them."""
        return [self._option(option, [*path, "options", index]) for index, option in enumerate(given)]

    def target(self, kind: int, target_id: Any) -> None:
        """Look up whom or what a command of a context menu is about."""
        act = {USER_COMMAND: Resolver._user, MESSAGE_COMMAND: Resolver._message}[kind]
        act(self, target_id, ["data", "target_id"])

    def selected(self, kind: Any, values: Sequence[Any], path: Path) -> list[Any]:
        """Return the values of a select menu or a file upload as the bot hears them."""
        act = SELECTS.get(kind)
        return [act(self, each, path) if act is not None else each for each in values]

    def _option(self, option: Json, path: Path) -> Json:
        kept: Json = {"name": option["name"], "type": option["type"]}
        if "value" not in option:
            return {**kept, "options": self.options(option.get("options") or [], path)}
        act = OPTIONS.get(option["type"])
        value = option["value"]
        return {**kept, "value": act(self, value, [*path, "value"]) if act is not None else value}

    def _user(self, given: Any, path: Path) -> str:
        world = self._call.sim.world
        user = world.users.get(as_snowflake(given) or 0)
        if user is None:
            raise form_error(path, "APPLICATION_COMMAND_OPTION_USER_INVALID", "Unknown user")
        guild = world.guilds[self._channel.guild_id]
        self._put("users", user.id, view_user(user))
        if user.id in world.guild_members[guild.id]:
            self._put("members", user.id, {**view_member(guild), "permissions": PERMISSIONS})
        return str(user.id)

    def _channel_of(self, given: Any, path: Path) -> str:
        call = self._call
        channel = call.sim.world.channels.get(as_snowflake(given) or 0)
        if channel is None or not call.sim.world.sees(call.author.id, channel):
            raise form_error(path, "APPLICATION_COMMAND_OPTION_CHANNEL_INVALID", "Unknown channel")
        seen = call.sim.world.view_channel(channel, call.author.id)
        self._put("channels", channel.id, {**seen, "permissions": PERMISSIONS})
        return str(channel.id)

    def _role(self, given: Any, path: Path) -> str:
        guild = self._call.sim.world.guilds[self._channel.guild_id]
        role = next((each for each in view_roles(guild) if each["id"] == str(given)), None)
        if role is None:
            raise form_error(path, "APPLICATION_COMMAND_OPTION_ROLE_INVALID", "Unknown role")
        self._put("roles", guild.id, role)
        return str(given)

    def _mentionable(self, given: Any, path: Path) -> str:
        is_role = as_snowflake(given) == self._channel.guild_id
        return self._role(given, path) if is_role else self._user(given, path)

    def _message(self, given: Any, path: Path) -> str:
        sim = self._call.sim
        message = sim.world.histories[self._channel.id].find(as_snowflake(given) or 0)
        if message is None:
            raise form_error(path, "APPLICATION_COMMAND_OPTION_MESSAGE_INVALID", "Unknown message")
        self._put("messages", message.id, view_message(sim, message))
        return str(message.id)

    def _file(self, given: Any, path: Path) -> str:
        row = self._files.get(str(given))
        if row is None:
            raise form_error(path, "ATTACHMENT_NOT_FOUND", "Attachment not found")
        sim, upload = self._call.sim, upload_named(self._call, row, path)
        stored = sim.files.keep(sim.ids.next(), self._channel.id, upload, "ephemeral-attachments")
        self._put("attachments", stored.id, {**view_file(sim, stored), "ephemeral": True})
        return str(stored.id)

    def _put(self, kind: str, id_: int, value: Json) -> None:
        self.resolved.setdefault(kind, {})[str(id_)] = value


Act = Callable[[Resolver, Any, Path], str]
OPTIONS: Mapping[int, Act] = {
    USER: Resolver._user,
    CHANNEL: Resolver._channel_of,
    ROLE: Resolver._role,
    MENTIONABLE: Resolver._mentionable,
    ATTACHMENT: Resolver._file,
}
SELECTS: Mapping[int, Act] = {
    USER_SELECT: Resolver._user,
    ROLE_SELECT: Resolver._role,
    MENTIONABLE_SELECT: Resolver._mentionable,
    CHANNEL_SELECT: Resolver._channel_of,
    FILE_UPLOAD: Resolver._file,
}
