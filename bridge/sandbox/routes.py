"""The table of REST routes behind `/api/vN`: method, path, handler, and whether a token is asked for."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bridge.sandbox.errors import METHOD_NOT_ALLOWED, NOT_FOUND, ApiError
from bridge.sandbox.rest import bots, channels, files, guilds, interactions, messages, users
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
    is_open: bool = False
    is_journaled: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return what a path must look like: names that end in `_id` are numbers."""
        return re.compile(PLACEHOLDER.sub(_group, self.path) + "$")


def _group(found: re.Match[str]) -> str:
    name = found[1]
    return f"(?P<{name}>[0-9]{{1,20}})" if name.endswith("_id") else f"(?P<{name}>[^/]+)"


ROUTES = (
    Route("GET", "/gateway", users.get_gateway, is_open=True),
    Route("GET", "/gateway/bot", users.get_gateway_bot),
    Route("GET", "/users/@me", users.get_me),
    Route("GET", "/users/@me/application-command-index", guilds.get_own_command_index),
    Route("GET", "/guilds/{guild_id}/application-command-index", guilds.get_command_index),
    Route("POST", "/interactions", interactions.create_interaction, is_journaled=True),
    Route("GET", "/channels/{channel_id}", channels.get_channel),
    Route("PATCH", "/channels/{channel_id}", channels.patch_channel),
    Route("POST", "/channels/{channel_id}/typing", channels.type_in_channel),
    Route("GET", "/channels/{channel_id}/messages", messages.list_messages),
    Route("POST", "/channels/{channel_id}/messages", messages.post_message),
    Route("GET", "/channels/{channel_id}/messages/{message_id}", messages.get_message),
    Route("PATCH", "/channels/{channel_id}/messages/{message_id}", messages.patch_message),
    Route("DELETE", "/channels/{channel_id}/messages/{message_id}", messages.delete_message),
    Route("POST", "/channels/{channel_id}/attachments", files.create_uploads),
    Route("POST", "/attachments/refresh-urls", files.refresh_urls),
    Route("POST", "/interactions/{interaction_id}/{token}/callback", bots.create_callback, is_open=True),
    Route("POST", "/webhooks/{application_id}/{token}", bots.create_follow_up, is_open=True),
    Route("GET", "/webhooks/{application_id}/{token}/messages/{which}", bots.get_answer, is_open=True),
    Route("PATCH", "/webhooks/{application_id}/{token}/messages/{which}", bots.patch_answer, is_open=True),
    Route("DELETE", "/webhooks/{application_id}/{token}/messages/{which}", bots.delete_answer, is_open=True),
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
