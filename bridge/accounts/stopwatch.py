"""How long something has lasted in all, while the process could see it.

An account's listening time is one: the bot's silence counts on it, so an outage fails no job. The time
without a connection is another.
"""

from typing import Final

STRIDE_MS: Final = 15_000
"""The most that one tick adds: if more has passed, the process has stood still and saw nothing."""


class Stopwatch:
    """Counts between `start` and `stop` while somebody ticks it; its times are the monotonic clock's."""

    def __init__(self, total_ms: int) -> None:
        self._total_ms = total_ms
        self._since_ms: int | None = None

    def start(self, now_ms: int) -> None:
        """Run from now on."""
        if self._since_ms is None:
            self._since_ms = now_ms

    def tick(self, now_ms: int) -> None:
        """Add what has passed since the last tick, if it runs."""
        if self._since_ms is not None:
            self._total_ms, self._since_ms = self.total_ms(now_ms), now_ms

    def stop(self, now_ms: int) -> None:
        """Stop."""
        self._total_ms = self.total_ms(now_ms)
        self._since_ms = None

    def total_ms(self, now_ms: int) -> int:
        """Return the time counted so far."""
        if self._since_ms is None:
            return self._total_ms
        return self._total_ms + min(now_ms - self._since_ms, STRIDE_MS)
