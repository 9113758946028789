"""Exponential back-off with jitter: how long to leave alone what has failed."""

from random import Random
from typing import Final

MOST_DOUBLINGS: Final = 16


def backoff_s(failures: int, first_s: float, most_s: float, chance: Random) -> float:
    """Return half to all of the full pause after so many failures in a row: none before the first.

    The full one is `first_s` after one failure, twice as long after each more, and `most_s` at most.
    """
    if not failures:
        return 0.0
    full_s = min(most_s, first_s * 2.0 ** (min(failures, MOST_DOUBLINGS) - 1))
    return full_s * chance.uniform(0.5, 1.0)
