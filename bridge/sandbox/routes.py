"""The table of REST routes behind `/api/vN`: method, path, handler, bucket, and whether a token is needed."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bridge.sandbox.errors import METHOD_NOT_ALLOWED, NOT_FOUND, ApiError
from bridge.sandbox.limits import Limit
from bridge.sandbox.rest import (
    applications,
    bots,
    channels,
    commands,
    files,
    guilds,
    interactions,
    messages,
    sounds,
    users,
)
from bridge.sandbox.rest.call import Call, Reply

__all__ = ["ROUTES", "Route", "find_route"]

Handler = Callable[[Call], Awaitable[Reply]]
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Route:
    """One row of the table."""

    method: str
    path: str
    handler: Handler
    limit: Limit | None = None
    is_open: bool = False
    is_journaled: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return what a path must look like: names that end in `_id` are numbers."""
        return re.compile(PLACEHOLDER.sub(_group, self.path) + "$")


def _group(found: re.Match[str]) -> str:
    name = found[1]
    return f"(?P<{name}>[0-9]{{1,20}})" if name.endswith("_id") else f"(?P<{name}>[^/]+)"


READ, WRITE, TALK, DEFINE = Limit(10, 1), Limit(5, 5), Limit(5, 2), Limit(5, 20)
COMMANDS = "/applications/{application_id}/commands"
GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"
MESSAGES = "/channels/{channel_id}/messages"
ANSWERS = "/webhooks/{application_id}/{token}"
ROUTES = (
    Route("GET", "/gateway", users.get_gateway, is_open=True),
    Route("GET", "/gateway/bot", users.get_gateway_bot, READ),
    Route("GET", "/users/@me", users.get_me, READ),
    Route("GET", "/users/@me/guilds", users.list_guilds, READ),
    Route("GET", "/users/@me/application-command-index", guilds.get_own_command_index),
    Route("GET", "/users/{user_id}", users.get_user, READ),
    Route("GET", "/applications/@me", applications.get_application, READ),
    Route("GET", "/oauth2/applications/@me", applications.get_application, READ),
    Route("GET", COMMANDS, commands.list_commands, READ),
    Route("PUT", COMMANDS, commands.replace_commands, DEFINE),
    Route("POST", COMMANDS, commands.create_command, DEFINE),
    Route("GET", COMMANDS + "/{command_id}", commands.get_command, READ),
    Route("PATCH", COMMANDS + "/{command_id}", commands.patch_command, DEFINE),
    Route("DELETE", COMMANDS + "/{command_id}", commands.delete_command, DEFINE),
    Route("GET", GUILD_COMMANDS, commands.list_commands, READ),
    Route("PUT", GUILD_COMMANDS, commands.replace_commands, DEFINE),
    Route("POST", GUILD_COMMANDS, commands.create_command, DEFINE),
    Route("GET", GUILD_COMMANDS + "/permissions", commands.list_permissions, READ),
    Route("GET", GUILD_COMMANDS + "/{command_id}", commands.get_command, READ),
    Route("PATCH", GUILD_COMMANDS + "/{command_id}", commands.patch_command, DEFINE),
    Route("DELETE", GUILD_COMMANDS + "/{command_id}", commands.delete_command, DEFINE),
    Route("GET", "/soundboard-default-sounds", sounds.list_default_sounds, READ),
    Route("GET", "/guilds/{guild_id}", guilds.get_guild, READ),
    Route("GET", "/guilds/{guild_id}/channels", guilds.list_channels, READ),
    Route("GET", "/guilds/{guild_id}/roles", guilds.list_roles, READ),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", guilds.get_member, READ),
    Route("GET", "/guilds/{guild_id}/threads/active", guilds.list_threads, READ),
    Route("GET", "/guilds/{guild_id}/application-command-index", guilds.get_command_index),
    Route("POST", "/interactions", interactions.create_interaction, is_journaled=True),
    Route("GET", "/channels/{channel_id}", channels.get_channel, READ),
    Route("PATCH", "/channels/{channel_id}", channels.patch_channel, WRITE),
    Route("POST", "/channels/{channel_id}/typing", channels.type_in_channel, WRITE),
    Route("GET", MESSAGES, messages.list_messages, READ),
    Route("POST", MESSAGES, messages.post_message, WRITE),
    Route("GET", MESSAGES + "/{message_id}", messages.get_message, READ),
    Route("PATCH", MESSAGES + "/{message_id}", messages.patch_message, WRITE),
    Route("DELETE", MESSAGES + "/{message_id}", messages.delete_message, Limit(5, 1)),
    Route("POST", "/channels/{channel_id}/attachments", files.create_uploads, WRITE),
    Route("POST", "/attachments/refresh-urls", files.refresh_urls, WRITE),
    Route("POST", "/interactions/{interaction_id}/{token}/callback", bots.create_callback, is_open=True),
    Route("POST", ANSWERS, bots.create_follow_up, TALK, is_open=True),
    Route("GET", ANSWERS + "/messages/{which}", bots.get_answer, TALK, is_open=True),
    Route("PATCH", ANSWERS + "/messages/{which}", bots.patch_answer, TALK, is_open=True),
    Route("DELETE", ANSWERS + "/messages/{which}", bots.delete_answer, TALK, is_open=True),
)
PATTERNS = tuple((route, route.pattern) for route in ROUTES)


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """Return the row for a path and what its placeholders stand for."""
    problem = NOT_FOUND
    for route, pattern in PATTERNS:
        found = pattern.match(path)
        if found is not None and route.method == method:
            return route, found.groupdict()
        if found is not None:
            problem = METHOD_NOT_ALLOWED
    raise ApiError(problem)
