"""A validated request: a verb of the API, and the fields that were given."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from pydantic_core import CoreSchema, core_schema


class Verb(StrEnum):
    """The names of the built-in verbs; `bridge.verbs` says what each takes."""

    CREATE = "pixverse-create"
    CREATE_SINGLE = "pixverse-create_single"
    ANIMATE = "pixverse-animate"
    MEME_FACE = "pixverse-meme_face"
    BUTTON = "pixverse-button"


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file: `size` in bytes, detected MIME `type`, `key` of the stored file."""

    size: int
    type: str
    key: str
    sha256: str


Value: TypeAlias = str | int | float | bool | Upload

BUILT_IN: Final[Mapping[str, type]] = {
    "prompt": str,
    "negative_prompt": str,
    "style": str,
    "aspect_ratio": str,
    "character": str,
    "seed_value": int,
    "motion": int,
    "hd_quality": str,
    "image": Upload,
    "face": Upload,
    "button": str,
    "value": str,
}
"""The fields of the built-in verbs: the JSON of every command has them, null where they were not given."""
_ABSENT: Final = dict.fromkeys(BUILT_IN)
_NUMBERS: Final = ("seed_value", "motion")
_PLAIN: Final = (str, int, float)
SEEDS: Final = ("seed_value", "seed")
"""The fields that are a seed: with the same one the bot makes the same video."""


@dataclass(frozen=True, slots=True, init=False)
class Command:
    """A verb, and the values of its fields that were given, by the API's names."""

    verb: str
    values: Mapping[str, Value]

    def __init__(
        self, /, verb: str, values: Mapping[str, Value] = MappingProxyType({}), **given: Value | None
    ) -> None:
        found = {name: value for name, value in {**values, **given}.items() if value is not None}
        object.__setattr__(self, "verb", verb)
        object.__setattr__(self, "values", MappingProxyType(found))

    @property
    def is_press(self) -> bool:
        """Return whether it presses a button instead of running a command of the bot."""
        return self.verb == Verb.BUTTON

    @property
    def is_seeded(self) -> bool:
        """Return whether equal commands make the same video."""
        return any(name in self.values for name in SEEDS)

    @property
    def prompt(self) -> str | None:
        """The prompt that was given."""
        return self._text("prompt")

    @property
    def button(self) -> str | None:
        """The button that is pressed."""
        return self._text("button")

    @property
    def value(self) -> str | None:
        """What is chosen, if `button` names a select menu."""
        return self._text("value")

    @property
    def files(self) -> Mapping[str, Upload]:
        """The files that were uploaded, by their fields."""
        return {name: value for name, value in self.values.items() if isinstance(value, Upload)}

    @property
    def largest_file(self) -> str:
        """Return the field with the largest file, empty without one."""
        files = self.files
        return max(files, key=lambda name: files[name].size, default="")

    @property
    def file_bytes(self) -> int:
        """Return the size of its largest file, 0 without one."""
        return max((file.size for file in self.files.values()), default=0)

    def _text(self, name: str) -> str | None:
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        """Let pydantic read and write a command as one flat object, as it was always stored."""
        return core_schema.no_info_plain_validator_function(
            _read, serialization=core_schema.plain_serializer_function_ser_schema(_written)
        )


def _written(command: Command) -> dict[str, Any]:
    return {"verb": command.verb, **_ABSENT, **command.values}


def _read(stored: Any) -> Command:
    """Return the command of a stored object; raises `ValueError`."""
    if isinstance(stored, Command):
        return stored
    if not isinstance(stored, dict) or not isinstance(stored.get("verb"), str):
        raise ValueError("is no command")  # noqa: TRY004 - pydantic reports ValueError only
    given = {name: value for name, value in stored.items() if value is not None}
    verb = given.pop("verb")
    for name, value in given.items():
        if isinstance(value, dict):
            given[name] = _upload(name, value)
        elif not isinstance(value, BUILT_IN.get(name, _PLAIN)) or (value is True and name in _NUMBERS):
            raise ValueError(f"{name} has a value of another kind")
    return Command(verb, given)


def _upload(name: str, stored: Mapping[str, Any]) -> Upload:
    size, others = stored.get("size"), [stored.get(part) for part in ("type", "key", "sha256")]
    is_a_file = isinstance(size, int) and all(isinstance(part, str) for part in others)
    if not is_a_file or BUILT_IN.get(name, Upload) is not Upload:
        raise ValueError(f"{name} has a value of another kind")
    return Upload(size, *others)  # type: ignore[arg-type]
