"""What is wrong with a setting, as one sentence for the user; no sentence contains a secret."""

from collections.abc import Callable, Iterable, Mapping
from difflib import SequenceMatcher, get_close_matches
from typing import Any, Final

from pydantic_core import ErrorDetails

SENTENCES: Final[Mapping[str, Callable[[str, dict[str, Any]], str]]] = {
    "int_parsing": lambda value, _: f"{value} is not a whole number",
    "int_parsing_size": lambda _value, _: "is a number of too many digits",
    "int_type": lambda value, _: f"{value} is not a whole number",
    "int_from_float": lambda value, _: f"{value} is not a whole number",
    "float_parsing": lambda value, _: f"{value} is not a number",
    "float_type": lambda value, _: f"{value} is not a number",
    "finite_number": lambda value, _: f"{value} is not a finite number",
    "greater_than": lambda value, context: f"{value} is not more than {context['gt']:g}",
    "greater_than_equal": lambda value, context: f"{value} is less than {context['ge']:g}",
    "less_than_equal": lambda value, context: f"{value} is more than {context['le']:g}",
    "literal_error": lambda value, context: f"{value} is not one of {context['expected']}",
    "enum": lambda value, context: f"{value} is not one of {context['expected']}",
    "bool_parsing": lambda value, _: f"{value} is neither true nor false",
    "bool_type": lambda value, _: f"{value} is neither true nor false",
    "ip_any_network": lambda value, _: f"{value} is not a network such as 10.0.0.0/8",
    "string_pattern_mismatch": lambda value, _: f"{value} is not a Discord id of 17 to 20 digits",
    "string_type": lambda _value, _: "is not text (put it in quotes)",
    "string_too_short": lambda _value, _: "is empty",
    "too_short": lambda _value, _: "is empty",
    "path_type": lambda _value, _: "is not a path",
    "tuple_type": lambda _value, _: "is not a list",
    "model_type": lambda _value, _: "is not a group of keys",
    "dict_type": lambda _value, _: "is not a group of keys",
    "recursion_loop": lambda _value, _context: "contains itself",
    "missing": lambda _value, _: "is missing",
    "value_error": lambda _value, context: str(context["error"]),
}

SLIPS: Final = 2
"""The maximum edit distance between a mistyped name and the intended one."""


def sentence(error: ErrorDetails) -> str:
    """Return what is wrong, without where it was set."""
    say = SENTENCES.get(error["type"])
    return say(shown(error["input"]), error.get("ctx", {})) if say else "is not a value of this setting"


def shown(value: object) -> str:
    """Return a value in quotes, truncated if it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Return that `name` is unknown, with the nearest known name."""
    nearest = get_close_matches(name, list(known), n=1, cutoff=0.4)
    hint = f", did you mean {nearest[0]}?" if nearest else ""
    return f"is not a known {kind}{hint}"


def unknown_variable(name: str, known: Iterable[str]) -> str:
    """Return that the variable `name` is unknown, with the intended one if it was mistyped.

    Other programs set variables with this prefix too, so merely similar names are not suggested.
    """
    return unknown("variable", name, [one for one in known if _slips(name, one) <= SLIPS])


def in_capitals(name: str) -> str:
    """Return that a variable is not read because of its small letters; `name` is the one that is."""
    return f"is not read: write it in capitals, {name}"


def _slips(name: str, known: str) -> int:
    steps = SequenceMatcher(None, name, known, autojunk=False).get_opcodes()
    return sum(
        max(end - start, end_2 - start_2) for step, start, end, start_2, end_2 in steps if step != "equal"
    )
