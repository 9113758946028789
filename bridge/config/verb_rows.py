"""The rows of `bot.commands`: what has changed of the built-in verbs, and verbs of the configuration."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bridge.config.types import Whole, refuse_a_repeat, refuse_a_switch
from bridge.verbs.row import Kind

LONGEST_NAME: Final = 32
LONGEST_LABEL: Final = 80
LONGEST_LINE: Final = 200
LONGEST_CHOICE: Final = 100
GREATEST: Final = 2**53
"""The greatest number that an option of Discord takes; the least is the same with a minus."""


def _is_name(name: str) -> str:
    if len(name) > LONGEST_NAME or not name.replace("-", "_").isidentifier():
        raise ValueError(f"{name!r} is not a name of 1 to {LONGEST_NAME} letters, digits, - and _")
    return name


def _is_label(label: str) -> str:
    if not label.strip() or len(label) > LONGEST_LABEL:
        raise ValueError(f"{label!r} is not a label of 1 to {LONGEST_LABEL} characters")
    return label


def _is_line(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_LINE or not text.isprintable():
        raise ValueError(f"is not a line of 1 to {LONGEST_LINE} characters")
    return text


def _read_choices(value: object) -> object:
    """Return choices as a map from the API's value to what the bot's option takes."""
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list | tuple):
        pairs = [(one, one) for one in value]
    else:
        raise ValueError("is neither a list nor a map")  # noqa: TRY004 - pydantic reports ValueError only
    told = [(_choice(name), _choice(sent)) for name, sent in pairs]
    refuse_a_repeat("value", [name for name, _ in told])
    return dict(told)


def _choice(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is not a text: write it in quotation marks")  # noqa: TRY004 - as above
    if not str(value).strip() or len(str(value)) > LONGEST_CHOICE:
        raise ValueError(f"{value!r} is not a choice of 1 to {LONGEST_CHOICE} characters")
    return str(value)


def _each_once(labels: Sequence[str]) -> Sequence[str]:
    refuse_a_repeat("label", labels)
    return labels


Name = Annotated[str, AfterValidator(_is_name)]
Label = Annotated[str, AfterValidator(_is_label)]
Line = Annotated[str, AfterValidator(_is_line)]
Number = Annotated[
    float, BeforeValidator(refuse_a_switch), Field(ge=-GREATEST, le=GREATEST, allow_inf_nan=False)
]
Choices = Annotated[dict[str, str], BeforeValidator(_read_choices)]


class Row(BaseModel):
    """A row about the bot; immutable, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class FieldSettings(Row):
    """A field of a verb; what is not given stays as it is built in."""

    type: Kind | None = None
    required: bool | None = None
    option: Name | None = None
    min: Number | None = None
    max: Number | None = None
    choices: Choices | None = None
    formats: tuple[str, ...] | None = None
    about: Line | None = None


class CommandRow(Row):
    """The bot's command for a verb: of a built-in one what has changed, of another one everything."""

    name: Name | None = None
    options: dict[str, Name] = {}
    about: Line | None = None
    files: Annotated[Whole, Field(ge=1, le=100)] | None = None
    buttons: Annotated[tuple[Label, ...], AfterValidator(_each_once)] = ()
    fields: dict[str, FieldSettings] | None = None
