"""What a client may send, field by field, with the contract's own words for what is wrong.

Lengths count characters as JavaScript does (UTF-16 units).
"""

# ruff: noqa: N815 - the names are the contract's

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from bridge.api.answers import Refusal
from bridge.api.body import Fields, FilePart

STYLES: Final = ("Realistic", "Anime", "3D Animation")
RATIOS: Final = ("16:9", "9:16", "1:1", "4:3", "3:4")
CHARACTERS: Final = (
    "eula",
    "ganyu",
    "hutao",
    "kamisatoayaka",
    "keqing",
    "klee",
    "nahida",
    "ningguang",
    "raidenshogun",
    "xiangling",
    "yaemiko",
)
_FORBIDDEN: Final = ("\0", "\ufeff")
_ORDER: Final = ("missing", "wrong", "too_long", "unsupported")


def _text(value: object) -> str:
    if isinstance(value, FilePart):
        raise PydanticCustomError("wrong", "{field} must be text, not a file")
    if not isinstance(value, str):
        raise PydanticCustomError("wrong", "{field} must be text")
    if any(mark in value for mark in _FORBIDDEN) or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise PydanticCustomError("wrong", "{field} must not hold NUL, a byte order mark or a lone surrogate")
    return value


def _at_most(units: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        if len(value.encode("utf-16-le")) // 2 > units:
            raise PydanticCustomError("too_long", "{field} is too long")
        return value

    return check


def _one_of(*allowed: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in allowed:
            text = f"{{field}} {_shown(value)} not supported, must be one of {', '.join(allowed)}"
            raise PydanticCustomError("unsupported", text)
        return value

    return check


def _whole(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        number = as_whole_number(value)
        if number is None or not low <= number <= high:
            text = f"{{field}} {_shown(value)} not supported, must be {low}…{high}"
            raise PydanticCustomError("unsupported", text)
        return number

    return check


def read_text(name: str, value: object, most: int) -> str:
    """Return a value that must be text of at most `most` UTF-16 units; raises `Refusal`."""
    try:
        return _at_most(most)(_text(value))
    except PydanticCustomError as error:
        raise Refusal(400, error.message_template.replace("{field}", name)) from None


def as_whole_number(value: object) -> int | None:
    """Return a whole number that is given as a number or as text, None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = value.strip() if isinstance(value, str) else ""
    is_number = text.isascii() and text.removeprefix("-").isdecimal() and len(text) <= 20
    return int(text) if is_number else None


def _shown(value: object) -> str:
    """Return a value as an error shows it: short, and safe in a template."""
    text = "a file" if isinstance(value, FilePart) else str(value)
    return text[:100].replace("{", "(").replace("}", ")")


Text512 = Annotated[str, BeforeValidator(_text), AfterValidator(_at_most(512))]
Text1024 = Annotated[str, BeforeValidator(_text), AfterValidator(_at_most(1024))]
Token = Annotated[str, BeforeValidator(_text), AfterValidator(_at_most(1024))]
Style = Annotated[str, BeforeValidator(_text), AfterValidator(_one_of(*STYLES))]
Ratio = Annotated[str, BeforeValidator(_text), AfterValidator(_one_of(*RATIOS))]
Character = Annotated[str, BeforeValidator(_text)]
Jobs = Annotated[int, BeforeValidator(_whole(1, 10))]


class Form(BaseModel):
    """Fields that every submit has. Unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    MISSING: ClassVar[Mapping[str, str]] = {}
    TOO_LONG: ClassVar[str] = ""

    discord: Token | None = None
    server: Text512 | None = None
    channel: Text512 | None = None
    maxJobs: Jobs | None = None
    replyUrl: Text1024 | None = None
    replyRef: Text1024 | None = None


class CreateForm(Form):
    """What `create` takes."""

    MISSING = {
        "prompt": "prompt, discord, server or channel value is missing",
        "style": "style is missing or empty",
    }
    TOO_LONG = "prompt, negative_prompt, replyRef or replyUrl is too long"

    prompt: Text512
    style: Style
    negative_prompt: Text512 | None = None
    aspect_ratio: Ratio | None = None
    character: Character | None = None


AnyForm = TypeVar("AnyForm", bound=Form)


def read_form(form: type[AnyForm], fields: Fields) -> AnyForm:
    """Return the checked form; raises `Refusal` with the contract's text for the first fault."""
    try:
        return form.model_validate(dict(fields))
    except ValidationError as error:
        first = min(error.errors(), key=lambda one: _rank(one["type"]))
        raise Refusal(400, _explained(form, first)) from None


def check_character(form: CreateForm) -> None:
    """Check the character, which counts with the style Anime only; raises `Refusal`."""
    if form.style == "Anime" and form.character is not None and form.character not in CHARACTERS:
        allowed = ", ".join(CHARACTERS)
        raise Refusal(400, f"character {_shown(form.character)} not supported, must be one of {allowed}")


def _rank(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _explained(form: type[Form], error: Any) -> str:
    field = str(error["loc"][0]) if error["loc"] else "body"
    if error["type"] == "missing":
        return form.MISSING.get(field, f"{field} is missing or empty")
    if error["type"] == "too_long" and form.TOO_LONG:
        return form.TOO_LONG
    text: str = error["msg"]
    return text.replace("{field}", field)
