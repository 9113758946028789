"""Exponential backoff with jitter, and backoff per key after failures."""

from collections.abc import Hashable, Sequence
from random import Random
from typing import Final

from bridge.ports import Clock

MOST_DOUBLINGS: Final = 16
MOST_FAILURES: Final = 10_000


def backoff_s(failures: int, first_s: float, most_s: float, chance: Random) -> float:
    """Return a random pause in seconds, between half of the full pause and all of it; 0 without failures.

    The full pause is `first_s` after one failure and doubles with each further one, up to `most_s`.
    """
    if not failures:
        return 0.0
    full_s = min(most_s, first_s * 2.0 ** (min(failures, MOST_DOUBLINGS) - 1))
    return full_s * chance.uniform(0.5, 1.0)


class Backoff:
    """Counts failures per key; `pauses_s` are the pauses after the first, second, … and every later one."""

    def __init__(self, clock: Clock, pauses_s: Sequence[float]) -> None:
        self._clock = clock
        self._pauses_s = pauses_s
        self._failures: dict[Hashable, tuple[int, int]] = {}

    def is_over(self, key: Hashable) -> bool:
        """Return whether `key` may be tried now."""
        return self._clock.monotonic_ms() >= self._failures.get(key, (0, 0))[1]

    def has_failed(self, key: Hashable) -> None:
        """Record a failure; if there are too many keys, the oldest ones are discarded."""
        times = self._failures.pop(key, (0, 0))[0] + 1
        pause_s = self._pauses_s[min(times, len(self._pauses_s)) - 1]
        self._failures[key] = times, self._clock.monotonic_ms() + round(pause_s * 1000)
        if len(self._failures) > MOST_FAILURES:
            del self._failures[next(iter(self._failures))]

    def has_worked(self, key: Hashable) -> None:
        """Forget the failures of `key`."""
        self._failures.pop(key, None)
