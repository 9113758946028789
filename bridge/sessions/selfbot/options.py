"""Options of a slash command: matched by name and converted to the declared type; pure."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from bridge.chat import File
from bridge.offered import ATTACHMENT, BOOLEAN, INTEGER, NUMBER, plain
from bridge.sessions.selfbot.raw_json import Raw, objects, text, truth, whole

TRUE: Final = frozenset({"true", "yes", "on", "1"})
FALSE: Final = frozenset({"false", "no", "off", "0"})

Value: TypeAlias = str | int | float | bool
Asked: TypeAlias = str | int | float | bool | File


class Unsendable(Exception):
    """The command cannot be sent, and a retry will not help; the text says why."""


def values_of(command: Raw, asked: Mapping[str, Asked], file_ids: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return a command's option list; a file's value is its number in `file_ids`; raises `Unsendable`."""
    known = {plain(text(option, "name") or ""): option for option in objects(command, "options")}
    unknown = sorted(name for name in asked if plain(name) not in known)
    if unknown:
        raise Unsendable(f"the bot's command /{text(command, 'name')} has no option {', '.join(unknown)}")
    given = {plain(name): (name, value) for name, value in asked.items()}
    _check_required(command, known, given)
    return [_value(known[key], name, value, file_ids) for key, (name, value) in given.items()]


def _check_required(command: Raw, known: Mapping[str, Raw], given: Mapping[str, object]) -> None:
    absent = sorted(key for key, option in known.items() if truth(option, "required") and key not in given)
    if absent:
        raise Unsendable(f"the bot's command /{text(command, 'name')} requires {', '.join(absent)}")


def _value(option: Raw, name: str, value: Asked, file_ids: Mapping[str, int]) -> dict[str, Any]:
    kind = whole(option, "type")
    if isinstance(value, File) != (kind == ATTACHMENT):
        raise Unsendable(f"the option {name} {'takes' if kind == ATTACHMENT else 'does not take'} a file")
    sent = file_ids[name] if isinstance(value, File) else _chosen(option, _converted(kind, name, value))
    return {"type": kind, "name": text(option, "name"), "value": sent}


def _converted(kind: int | None, name: str, value: Value) -> Value:
    try:
        if kind == BOOLEAN:
            return _as_bool(value)
        if kind == INTEGER:
            return int(value)
        if kind == NUMBER:
            return float(value)
    except ValueError:
        raise Unsendable(f"the option {name} does not take {str(value)[:100]!r}") from None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_bool(value: Value) -> bool:
    word = str(value).strip().casefold()
    if word not in TRUE | FALSE:
        raise ValueError(word)
    return word in TRUE


def _chosen(option: Raw, value: Value) -> Value:
    """Return the choice whose value or name is `value`."""
    choices = objects(option, "choices")
    values = [choice.get("value") for choice in choices]
    if not choices or value in values:
        return value
    for choice, offered in zip(choices, values, strict=True):
        names = {str(offered), text(choice, "name"), text(choice, "name_default")}
        if str(value).casefold() in {each.casefold() for each in names if each} and isinstance(
            offered, Value
        ):
            return offered
    raise Unsendable(f"the option {text(option, 'name')} offers no {str(value)[:100]!r}")
