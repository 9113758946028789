"""The commands that the bridge runs, as far as they are compared with what the bot offers."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a field of the API is sent as."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    SWITCH = "yes or no"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class WantedChoice:
    """A value of the API, and what the bot's option takes for it."""

    value: str
    sent: str


@dataclass(frozen=True, slots=True)
class WantedField:
    """A field of a verb, and the bot's option for it. `choices` empty: any value within the limits.

    `least` and `most` are the value of a number, or the length of a text.
    """

    name: str
    option: str
    kind: Kind
    is_required: bool = False
    least: float | None = None
    most: float | None = None
    choices: tuple[WantedChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class WantedCommand:
    """A verb of the API (without `pixverse-`), and the bot's command for it."""

    verb: str
    name: str
    fields: tuple[WantedField, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """All verbs that run a command; `application_id` is the bot's, None for the one that has the commands."""

    commands: tuple[WantedCommand, ...]
    application_id: str | None = None
