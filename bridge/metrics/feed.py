"""The way from a commit to the streams."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry

from bridge.metrics.families import histogram
from bridge.ports import Clock

MOST_AWAITED: Final = 2_000


class FeedMetrics:
    """Measures how long after its commit an event of this process is given to the streams."""

    def __init__(self, clock: Clock, registry: CollectorRegistry | None = None) -> None:
        self._clock = clock
        self._to_feed = histogram(
            "commit_to_feed_seconds",
            "Time from the commit of an event of this process to its handing to the streams.",
            registry,
        )
        self._awaited: dict[int, int] = {}

    def committed(self, position: int) -> None:
        """Note when the event at a position of the change log was committed."""
        if len(self._awaited) >= MOST_AWAITED:
            del self._awaited[next(iter(self._awaited))]
        self._awaited[position] = self._clock.monotonic_ms()

    def given(self, positions: Iterable[int]) -> None:
        """Measure the events that were given to the streams."""
        now_ms = self._clock.monotonic_ms()
        for position in positions:
            since_ms = self._awaited.pop(position, None)
            if since_ms is not None:
                self._to_feed.observe((now_ms - since_ms) / 1000)
