"""Strategies: hostile values, JSON that was damaged, bytes that were damaged.

Each is made from one number that Hypothesis draws: drawing every part took fifty times as long. The number of
a failure makes the same input again.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from random import Random
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

Value = TypeVar("Value")

LONG: Final = "9" * 5_000
HOSTILE: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, 1.5, 1e308, 2**63, 2**64, 10**4_000, float("nan"), float("inf")),
    *("", " ", "0", "-5", "٣", "\ud800", "\x00", "x" * 5_000, LONG, "https://", "http://[", "javascript:0"),
    *([], {}, [[]], [{}], [[[[5]]]], {"id": None}, {"id": [], "type": 2}, {"": {"": {"": ""}}}),
)


def made(make: Callable[[Random], Value]) -> st.SearchStrategy[Value]:
    """Return what is made by chance."""
    return st.integers(0, 2**64).map(lambda number: make(Random(number)))


def value(chance: Random, depth: int = 3) -> Any:
    """Return a JSON value, maybe nested."""
    kind = chance.randrange(10)
    if kind < 5 or not depth:
        return deepcopy(chance.choice(HOSTILE))
    if kind < 7:
        return text(chance)
    if kind < 8:
        return chance.randint(-(2**70), 2**70)
    inner = [value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return inner if kind < 9 else {text(chance): each for each in inner}


def text(chance: Random) -> str:
    """Return a text of characters from everywhere."""
    return "".join(
        chr(chance.choice((0x7F, 0xFF, 0x3000, 0x10FFFF)) - chance.randrange(127))
        for _ in range(chance.randrange(9))
    )


def damaged(chance: Random, *wholes: Any) -> Any:
    """Return a copy of one of some JSON values in which parts are missing, doubled or others."""
    whole = json.loads(json.dumps(chance.choice(wholes)))
    for _ in range(chance.randrange(5)):
        places = list(_places(whole))
        if not places:
            break
        holder, key = chance.choice(places)
        how = chance.randrange(5)
        if how == 0:
            del holder[key]
        elif how == 1 and isinstance(holder, list):
            holder.insert(key, deepcopy(holder[key]))
        else:
            holder[key] = value(chance)
    return whole


def damaged_bytes(chance: Random, *wholes: bytes) -> bytes:
    """Return a copy of some bytes that was cut, overwritten, or has others put in."""
    whole = chance.choice(wholes)
    for _ in range(chance.randrange(6)):
        start, length = chance.randrange(len(whole) + 1), chance.randrange(13)
        whole = whole[:start] + chance.randbytes(chance.randrange(13)) + whole[start + length :]
    return whole if chance.randrange(10) else chance.randbytes(chance.randrange(200))


def _places(whole: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place inside a value: what holds it, and its key there."""
    inside = (
        whole.items() if isinstance(whole, Mapping) else enumerate(whole) if isinstance(whole, list) else ()
    )
    for key, inner in list(inside):
        yield whole, key
        yield from _places(inner)
