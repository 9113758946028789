"""When a callback is tried again; pure."""

import random
from collections.abc import Sequence
from typing import Final

JITTER: Final = 0.2


def next_pause_s(tries: int, pauses_s: Sequence[float], chance: random.Random) -> float | None:
    """Return how long after its try number `tries` (from 1) a callback is tried again; None: never."""
    if tries > len(pauses_s):
        return None
    return pauses_s[tries - 1] * chance.uniform(1 - JITTER, 1 + JITTER)
