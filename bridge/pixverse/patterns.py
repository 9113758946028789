"""Checks regular expressions for the bot's texts: they must compile and must not take too long.

An expression is dangerous if it can try the same text in very many ways. Their number is estimated from the
parsed expression, as if every choice were taken: too high for some harmless ones, never too low.
"""

import importlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

LONGEST: Final = 300
LONGEST_TEXT: Final = 4_000
"""The maximum length of a message, and so of an unlimited repetition."""
MOST_WAYS: Final = 50_000

_parser: Any = importlib.import_module("re._parser")
"""The parser of `re`: there is no public one."""

_REPEATS: Final = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})


def usable(pattern: str) -> str:
    """Return the pattern; raises `ValueError` with a sentence if it cannot be used."""
    if not pattern.strip():
        raise ValueError("is empty")
    if len(pattern) > LONGEST:
        raise ValueError(f"has {len(pattern)} characters, more than {LONGEST}")
    if _compiled(pattern).search(""):
        raise ValueError("fits every text")
    if _ways(_parser.parse(pattern)) > MOST_WAYS:
        raise ValueError(
            "can take too long on some texts: repeat nothing within a repetition, and limit what repeats, "
            "as in .{0,80} for .*"
        )
    return pattern


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern as the bot's words are searched: in any letter case, over the ends of lines."""
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return compiled(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        place = getattr(error, "pos", None)
        where = "" if place is None else f" at character {place + 1}"
        raise ValueError(f"is not a good regular expression: {getattr(error, 'msg', error)}{where}") from None


def _ways(parsed: Iterable[Any]) -> int:
    """Return the maximum number of ways in which a sequence can be tried at one position."""
    ways = 1
    for kind, argument in parsed:
        ways = min(ways * _ways_of(str(kind), argument), MOST_WAYS + 1)
    return ways


def _ways_of(kind: str, argument: Any) -> int:
    if kind in _REPEATS:
        least, most, inside = argument
        return _ways_to_repeat(int(least), min(int(most), LONGEST_TEXT), _ways(inside))
    if kind == "BRANCH":
        return sum(_ways(branch) for branch in argument[1])
    if kind == "GROUPREF_EXISTS":
        return sum(_ways(branch) for branch in argument[1:] if branch)
    inside = _inside(kind, argument)
    return _ways(inside) if inside is not None else 1


def _ways_to_repeat(least: int, most: int, inside: int) -> int:
    """Return the number of possible repetitions, times the ways of each repetition."""
    within = inside ** min(most, MOST_WAYS.bit_length()) if inside > 1 else 1
    return (most - least + 1) * within


def _inside(kind: str, argument: Any) -> Any:
    if kind == "SUBPATTERN":
        return argument[3]
    if kind in ("ASSERT", "ASSERT_NOT"):
        return argument[1]
    return argument if kind == "ATOMIC_GROUP" else None
