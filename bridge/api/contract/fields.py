"""The types of fields in requests, with the contract's error texts.

Lengths count UTF-16 units, as JavaScript does. In texts, `{field}` is replaced by the field's name.
"""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from bridge.accounts.account import MOST_JOBS
from bridge.accounts.token import InvalidToken, read_token
from bridge.api.http.form_data import FilePart
from bridge.chat import SNOWFLAKE, is_snowflake
from bridge.jobs.queue import FIRST_PRIORITY, LAST_PRIORITY
from bridge.pixverse.profile import DEFAULT
from bridge.verbs.built_in import INCOMPLETE as INCOMPLETE

PROMPT_BUTTONS: Final = tuple(name for name in DEFAULT.buttons if name in DEFAULT.prompt_buttons)
ID: Final = f"^{SNOWFLAKE}$"
NO_ID: Final = "Discord's ids are numbers of 17 to 20 digits: switch on its developer mode to copy them"
_FORBIDDEN: Final = ("\0", "\ufeff")
_INVISIBLE: Final = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf"))
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
_DRAWN_AS: Final = ("\ufe0e", "\ufe0f")
"""Variation selectors: they only choose how an emoji is drawn."""


def as_text(value: object) -> str:
    """Return a value that is text without characters that break others' programs."""
    if isinstance(value, FilePart):
        raise PydanticCustomError("wrong", "{field} must be text, not a file")
    if not isinstance(value, str):
        raise PydanticCustomError("wrong", "{field} must be text")
    if any(mark in value for mark in _FORBIDDEN) or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise PydanticCustomError("wrong", "{field} must not hold NUL, a byte order mark or a lone surrogate")
    return value


def at_most(units: int) -> Callable[[str], str]:
    """Return the check of the length of a text."""

    def check(value: str) -> str:
        length = _length(value)
        if length > units:
            details = f"{{field}} has {length} characters (UTF-16 units), the limit is {units}"
            raise PydanticCustomError("too_long", "{field} is too long", {"details": details})
        return value

    return check


def at_least(units: int) -> Callable[[str], str]:
    """Return the check of the length of a text that must not be short."""

    def check(value: str) -> str:
        length = _length(value)
        if length < units:
            details = f"{{field}} has {length} characters (UTF-16 units), the least are {units}"
            raise PydanticCustomError("unsupported", "{field} is too short", {"details": details})
        return value

    return check


def _length(value: str) -> int:
    return len(value.encode("utf-16-le")) // 2


def one_of(*allowed: str) -> Callable[[str], str]:
    """Return the check of a value that is chosen from a list."""

    def check(value: str) -> str:
        if value not in allowed:
            raise PydanticCustomError("unsupported", not_one_of("{field}", shown(value), allowed))
        return value

    return check


def whole(low: int, high: int) -> Callable[[object], int]:
    """Return what checks a whole number between two."""

    def check(value: object) -> int:
        number = as_whole_number(value)
        if number is None or not low <= number <= high:
            text = f"{{field}} {shown(value)} not supported, must be {low}…{high}"
            raise PydanticCustomError("unsupported", text)
        return number

    return check


def as_whole_number(value: object) -> int | None:
    """Return a whole number given as a number or text, None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = value.strip() if isinstance(value, str) else ""
    is_number = text.isascii() and text.removeprefix("-").isdecimal() and len(text) <= 20
    return int(text) if is_number else None


def not_one_of(name: str, value: str, allowed: Iterable[str]) -> str:
    """Return what is wrong with a value that is chosen from a list."""
    return f"{name} {value} not supported, must be one of {', '.join(allowed)}"


def shown(value: object) -> str:
    """Return a value as shown in an error: truncated, and escaped for a template."""
    text = "a file" if isinstance(value, FilePart) else str(value)
    return text[:100].replace("{", "(").replace("}", ")")


def is_blank(value: object, most: int) -> bool:
    """Return whether a value is text of only whitespace, line ends or zero-width characters.

    A text with more characters than it may have is none: it is too long.
    """
    if not isinstance(value, str) or len(value) > most or any(mark in value for mark in _FORBIDDEN):
        return False
    return all(
        unicodedata.category(letter) in _INVISIBLE or letter in _FILLERS or letter in _DRAWN_AS
        for letter in value
    )


def _button(value: str) -> str:
    """Return a button as the contract writes it; any other name is checked against what the job offers."""
    plain = value
    for mark in _DRAWN_AS:
        plain = plain.replace(mark, "")
    return plain if plain in DEFAULT.buttons else value


def _chosen(value: object) -> str | None:
    """Return what is chosen in a menu; a value that no menu can have is a field that is ignored."""
    return value if isinstance(value, str) and value else None


def _trimmed(value: object) -> str:
    text = as_text(value).strip()
    if not text:
        raise PydanticCustomError("missing", "{field} is missing or empty")
    return text


def _token_in(sentence: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        try:
            return read_token(value)
        except InvalidToken as error:
            raise PydanticCustomError("unsupported", sentence, {"details": str(error)}) from None

    return check


def _id_of(thing: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not is_snowflake(value):
            text = f"Required param {{field}} ({shown(value)}) is not valid Discord {thing} id"
            raise PydanticCustomError("unsupported", text, {"details": NO_ID})
        return value

    return check


def _account_jobs(value: object) -> int:
    number = as_whole_number(value)
    if number is not None and number > MOST_JOBS:
        text = f"Required param maxJobs {shown(number)} can't be more that {MOST_JOBS}"
        raise PydanticCustomError("unsupported", text)
    if number is None or number < 1:
        text = f"Required param maxJobs {shown(value)} must be between 1 and {MOST_JOBS}"
        raise PydanticCustomError("unsupported", text)
    return number


def as_flag(value: object) -> bool:
    """Return a switch given as a boolean or text."""
    if isinstance(value, bool):
        return value
    text = value.strip().lower() if isinstance(value, str) else ""
    if text not in ("true", "false"):
        raise PydanticCustomError("unsupported", not_one_of("{field}", shown(value), ("true", "false")))
    return text == "true"


def schema(kind: str, **more: object) -> WithJsonSchema:
    """Return the JSON schema of a type."""
    return WithJsonSchema({"type": kind, **more})


Text512 = Annotated[
    str, BeforeValidator(as_text), AfterValidator(at_most(512)), schema("string", maxLength=512)
]
Text1024 = Annotated[
    str, BeforeValidator(as_text), AfterValidator(at_most(1024)), schema("string", maxLength=1024)
]
Token = Annotated[
    str,
    BeforeValidator(as_text),
    AfterValidator(at_most(1024)),
    AfterValidator(_token_in("{field} is not a valid Discord token")),
    schema("string", maxLength=1024),
]
Secret = Annotated[
    str,
    BeforeValidator(_trimmed),
    AfterValidator(at_most(1024)),
    AfterValidator(_token_in("Required param {field} is not a valid Discord token")),
    schema("string", maxLength=1024),
]
Server = Annotated[
    str, BeforeValidator(_trimmed), AfterValidator(_id_of("server")), schema("string", pattern=ID)
]
Channel = Annotated[
    str, BeforeValidator(_trimmed), AfterValidator(_id_of("channel")), schema("string", pattern=ID)
]
AccountJobs = Annotated[int, BeforeValidator(_account_jobs), schema("integer", minimum=1, maximum=MOST_JOBS)]
Flag = Annotated[bool, BeforeValidator(as_flag), schema("boolean")]
Jobs = Annotated[int, BeforeValidator(whole(1, MOST_JOBS)), schema("integer", minimum=1, maximum=MOST_JOBS)]
Priority = Annotated[
    int,
    BeforeValidator(whole(LAST_PRIORITY, FIRST_PRIORITY)),
    schema("integer", minimum=LAST_PRIORITY, maximum=FIRST_PRIORITY),
]
Button = Annotated[
    str,
    BeforeValidator(as_text),
    AfterValidator(_button),
    WithJsonSchema({"anyOf": [{"type": "string", "enum": list(DEFAULT.buttons)}, {"type": "string"}]}),
]
Chosen = Annotated[str | None, BeforeValidator(_chosen)]
