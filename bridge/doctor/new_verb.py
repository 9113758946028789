"""A row of `bot.commands` for a command of the bot that no verb uses yet."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from bridge.offered import (
    ATTACHMENT,
    BOOLEAN,
    INTEGER,
    NUMBER,
    STRING,
    OfferedCommand,
    OfferedOption,
)

LONGEST: Final = 32
LONGEST_LINE: Final = 200
TYPES: Final[Mapping[int, str]] = {
    STRING: "string",
    INTEGER: "integer",
    BOOLEAN: "boolean",
    NUMBER: "number",
    ATTACHMENT: "image",
}
VIDEO: Final = re.compile(r"video|clip|movie", re.IGNORECASE)


def new_verb(command: OfferedCommand) -> dict[str, Any]:
    """Return the row of a command, by the name of its verb; options of people and places are left out."""
    fields = dict(new_field(option) for option in command.options if option.kind in TYPES)
    row: dict[str, Any] = {"name": command.name}
    if line := _line(command.about):
        row["about"] = line
    return {name_of(command.name): {**row, "files": 1, "fields": fields}}


def new_field(option: OfferedOption) -> tuple[str, dict[str, Any]]:
    """Return a field for an option, and its name. Discord does not say whether a file is a video: a guess."""
    name = name_of(option.name)
    kind = TYPES.get(option.kind or 0, "string")
    if kind == "image" and VIDEO.search(f"{option.name} {option.about}"):
        kind = "video"
    row: dict[str, Any] = {"type": "choice" if option.choices else kind}
    if option.is_required:
        row["required"] = True
    if name != option.name:
        row["option"] = option.name
    row |= _values(option)
    if line := _line(option.about):
        row["about"] = line
    return name, row


def name_of(name: str) -> str:
    """Return a name of the API for one of the bot: of a-z, 0-9 and _, beginning with a letter."""
    ascii_only = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")
    return (words if words[:1].isalpha() else f"x_{words}".rstrip("_"))[:LONGEST]


def _values(option: OfferedOption) -> dict[str, Any]:
    if option.choices:
        shown = [each.shown for each in option.choices]
        return {"choices": list(dict.fromkeys(shown))}
    limits: dict[str, float | None] = {}
    if option.kind == STRING:
        limits = {"min": option.shortest or None, "max": option.longest}
    elif option.kind in (INTEGER, NUMBER):
        limits = {"min": option.least, "max": option.most}
    return {name: _number(limit) for name, limit in limits.items() if limit is not None}


def _number(value: float) -> float:
    return int(value) if value == int(value) else value


def _line(text: str) -> str:
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(line.split())[:LONGEST_LINE]
