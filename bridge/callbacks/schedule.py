"""When a callback is tried again; pure."""

import random
from collections.abc import Sequence
from typing import Final

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
PAUSES_S: Final[Sequence[float]] = (
    5.0,
    30.0,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
JITTER: Final = 0.2


def next_pause_s(tries: int, chance: random.Random, pauses_s: Sequence[float] = PAUSES_S) -> float | None:
    """Return how long after its try number `tries` (from 1) a callback is tried again; None: never."""
    if tries > len(pauses_s):
        return None
    return pauses_s[tries - 1] * chance.uniform(1 - JITTER, 1 + JITTER)
