"""Reads a guild's command index; whatever Discord leaves out, sends as null or sends wrong is absent."""

import math
from collections.abc import Iterator
from typing import Final

from bridge.offered import (
    OfferedApplication,
    OfferedChoice,
    OfferedCommand,
    OfferedIndex,
    OfferedOption,
    Rights,
)
from bridge.sessions.selfbot.examined import bits_of
from bridge.sessions.selfbot.raw_json import Raw, inner, mapping, objects, snowflake, text, truth, whole

DEEPEST: Final = 2
"""How deep options are nested: those of a subcommand in a group."""


def offered_index(content: object) -> OfferedIndex:
    """Return what the index contains; a command's `position` is that in `application_commands`."""
    raw = mapping(content) or {}
    return OfferedIndex(tuple(_applications(raw)), tuple(_commands(raw)))


def _applications(raw: Raw) -> Iterator[OfferedApplication]:
    for each in objects(raw, "applications"):
        if its_id := snowflake(each, "id"):
            yield OfferedApplication(its_id, text(each, "name") or "", _rights(each))


def _commands(raw: Raw) -> Iterator[OfferedCommand]:
    for position, each in enumerate(objects(raw, "application_commands")):
        shown = text(each, "name")
        name = text(each, "name_default") or shown
        if name:
            yield OfferedCommand(
                position=position,
                application=snowflake(each, "application_id"),
                name=name,
                shown=shown or name,
                kind=whole(each, "type"),
                options=_options(each, 0),
                is_age_restricted=truth(each, "nsfw"),
                contexts=_contexts(each),
                needed=bits_of(each.get("default_member_permissions")),
                rights=_rights(each),
                about=_about(each),
            )


def _options(raw: Raw, depth: int) -> tuple[OfferedOption, ...]:
    return tuple(_option(each, depth) for each in objects(raw, "options") if text(each, "name"))


def _option(raw: Raw, depth: int) -> OfferedOption:
    return OfferedOption(
        name=text(raw, "name") or "",
        kind=whole(raw, "type"),
        is_required=truth(raw, "required"),
        least=_number(raw, "min_value"),
        most=_number(raw, "max_value"),
        shortest=whole(raw, "min_length"),
        longest=whole(raw, "max_length"),
        choices=tuple(_choices(raw)),
        options=_options(raw, depth + 1) if depth < DEEPEST else (),
        about=_about(raw),
    )


def _about(raw: Raw) -> str:
    return text(raw, "description_default") or text(raw, "description") or ""


def _choices(raw: Raw) -> Iterator[OfferedChoice]:
    for each in objects(raw, "choices"):
        value = each.get("value")
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            names = (text(each, "name"), text(each, "name_default"))
            yield OfferedChoice(value, frozenset(name for name in names if name))


def _contexts(raw: Raw) -> tuple[int, ...] | None:
    found = raw.get("contexts")
    if not isinstance(found, list | tuple):
        return None
    return tuple(each for each in found if isinstance(each, int) and not isinstance(each, bool))


def _rights(raw: Raw) -> Rights:
    allowed = inner(raw, "permissions") or {}
    user = allowed.get("user")
    return Rights(
        user if isinstance(user, bool) else None, _switches(allowed, "roles"), _switches(allowed, "channels")
    )


def _switches(raw: Raw, key: str) -> dict[str, bool]:
    found = mapping(raw.get(key)) or {}
    return {str(name): value for name, value in found.items() if isinstance(value, bool)}


def _number(raw: Raw, key: str) -> float | None:
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None
