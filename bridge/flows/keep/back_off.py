"""What has failed is left alone for a while, longer each time."""

from collections.abc import Hashable, Sequence
from typing import Final

from bridge.ports import Clock

MOST: Final = 10_000


class BackOff:
    """Remembers failures by key; `pauses_s` are the pauses after the first, second, … and every later one."""

    def __init__(self, clock: Clock, pauses_s: Sequence[float]) -> None:
        self._clock = clock
        self._pauses_s = pauses_s
        self._failures: dict[Hashable, tuple[int, int]] = {}

    def is_over(self, key: Hashable) -> bool:
        """Tell whether `key` may be tried now."""
        return self._clock.monotonic_ms() >= self._failures.get(key, (0, 0))[1]

    def has_failed(self, key: Hashable) -> None:
        """Note a failure; the oldest ones are forgotten when there are too many."""
        times = self._failures.pop(key, (0, 0))[0] + 1
        pause_s = self._pauses_s[min(times, len(self._pauses_s)) - 1]
        self._failures[key] = times, self._clock.monotonic_ms() + round(pause_s * 1000)
        if len(self._failures) > MOST:
            del self._failures[next(iter(self._failures))]

    def has_worked(self, key: Hashable) -> None:
        """Forget the failures of `key`."""
        self._failures.pop(key, None)
