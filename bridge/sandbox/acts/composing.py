"""Messages made and changed from request bodies (Discord's docs, "Create Message", "Edit Message")."""

from dataclasses import replace
from typing import Any

from bridge.sandbox.components import settle
from bridge.sandbox.errors import EMPTY_MESSAGE, ApiError, form_error
from bridge.sandbox.files import StoredFile, Upload
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json, as_snowflake
from bridge.sandbox.world.messages import EPHEMERAL, IS_COMPONENTS_V2, LOADING, Message

__all__ = ["compose", "flags_in", "revise"]

MOST_CONTENT = 2000
SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
SETTABLE = SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS | IS_COMPONENTS_V2
MOST_FILES = 10


def compose(sim: Simulation, blank: Message, body: Json, uploads: list[Upload]) -> Message:
    """Fill a blank message; refuse an empty one."""
    _check_version(blank.flags, body)
    message = replace(
        blank,
        content=_content(body.get("content")),
        files=_stored(sim, blank, uploads),
        embeds=_embeds(body.get("embeds")),
        components=settle(body.get("components"), blank.flags),
    )
    if not (message.content or message.files or message.embeds or message.components):
        raise ApiError(EMPTY_MESSAGE)
    return message


def revise(sim: Simulation, message: Message, body: Json, uploads: list[Upload]) -> Message:
    """Change what the body names and leave the rest; a deferred message is no longer loading afterwards."""
    flags = (message.flags | flags_in(body) & IS_COMPONENTS_V2) & ~LOADING
    _check_version(flags, body)
    changes: dict[str, Any] = {"files": _kept_files(message, body) + _stored(sim, message, uploads)}
    if "content" in body:
        changes["content"] = _content(body["content"])
    if "embeds" in body:
        changes["embeds"] = _embeds(body["embeds"])
    if "components" in body:
        changes["components"] = settle(body["components"], flags)
    was_loading = bool(message.flags & LOADING)
    edited_ms = message.edited_ms if was_loading else sim.clock.now_ms()
    return replace(message, flags=flags, edited_ms=edited_ms, **changes)


def flags_in(body: Json) -> int:
    """Return the flags that a body asks for; being loading is not for bodies to say."""
    flags = body.get("flags") or 0
    if not isinstance(flags, int):
        raise form_error(["flags"], "NUMBER_TYPE_COERCE", f'Value "{flags}" is not int.')
    return flags & SETTABLE


def _check_version(flags: int, body: Json) -> None:
    for name in ("content", "embeds", "poll", "sticker_ids") if flags & IS_COMPONENTS_V2 else ():
        if body.get(name):
            message = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            raise form_error([name], "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def _content(given: object) -> str:
    if given is None:
        return ""
    if not isinstance(given, str):
        raise form_error(["content"], "STRING_TYPE_CONVERT", f'Could not interpret "{given}" as string.')
    if len(given) > MOST_CONTENT:
        raise form_error(["content"], "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_CONTENT} or fewer in length.")
    return given


def _embeds(given: object) -> tuple[Json, ...]:
    rows = given if isinstance(given, list) else []
    return tuple({"type": "rich", **each} for each in rows if isinstance(each, dict))


def _stored(sim: Simulation, message: Message, uploads: list[Upload]) -> tuple[StoredFile, ...]:
    if len(uploads) > MOST_FILES:
        raise form_error(["attachments"], "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_FILES} or fewer in length.")
    return tuple(sim.files.keep(sim.ids.next(), message.channel_id, each) for each in uploads)


def _kept_files(message: Message, body: Json) -> tuple[StoredFile, ...]:
    named = body.get("attachments")
    if not isinstance(named, list):
        return message.files
    ids = {as_snowflake(each.get("id")) for each in named if isinstance(each, dict)}
    return tuple(each for each in message.files if each.id in ids)
