"""A verb, and its fields.

Everything that treats verbs alike reads these rows: the forms that validate a request, the description of the
API, the slash command, what the bot is expected to repeat, and which jobs are interchangeable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PREFIX: Final = "pixverse-"


class Kind(StrEnum):
    """What a field holds."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    IMAGE = "image"
    VIDEO = "video"


FILES: Final = frozenset({Kind.IMAGE, Kind.VIDEO})


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a field can have, and what the bot's option takes for it."""

    value: str
    sent: str


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """Another field, and its values with which a field applies; else it is neither checked nor sent."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """A field of a verb.

    `option` is the bot's name of it. `least` and `most` limit the length of a string, in UTF-16 units, or the
    value of a number. `formats` are the endings of the files that it takes. `missing` is the error text if it
    is required and missing, where that is not the usual one.
    """

    name: str
    kind: Kind
    option: str
    is_required: bool = False
    least: float | None = None
    most: float | None = None
    choices: tuple[Choice, ...] = ()
    formats: tuple[str, ...] = ()
    applies_to: AppliesTo | None = None
    missing: str = ""
    about: str = ""

    @property
    def is_file(self) -> bool:
        """Return whether it is uploaded."""
        return self.kind in FILES

    @property
    def values(self) -> tuple[str, ...]:
        """The values that can be chosen."""
        return tuple(choice.value for choice in self.choices)

    def applies(self, given: Mapping[str, object]) -> bool:
        """Return whether it is used with the other fields of a command."""
        return self.applies_to is None or given.get(self.applies_to.field) in self.applies_to.values

    def sent(self, value: str) -> str:
        """Return what the bot's option takes for a value."""
        return next((choice.sent for choice in self.choices if choice.value == value), value)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbRow:
    """A verb.

    `name` is the API's, as in records. `command` is the bot's slash command, None for the verb that presses a
    button. `files` is how many files a result has, and `buttons` are the names of buttons that only results
    of this verb have.
    """

    name: str
    command: str | None
    fields: tuple[FieldRow, ...]
    about: str
    files: int = 1
    buttons: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The last part of its URL, by which the configuration names it too."""
        return self.name.removeprefix(PREFIX)

    @property
    def file_fields(self) -> tuple[FieldRow, ...]:
        """The fields that are uploaded."""
        return tuple(field for field in self.fields if field.is_file)

    def field(self, name: str) -> FieldRow | None:
        """Return a field by its name."""
        return next((field for field in self.fields if field.name == name), None)
