"""The writer of the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

from bridge.metrics.families import gauge, histogram
from bridge.ports import Clock


class StoreMetrics:
    """Measures the groups in which writes are committed."""

    def __init__(self, clock: Clock, registry: CollectorRegistry | None = None) -> None:
        self._clock = clock
        self._seconds = histogram(
            "store_commit_seconds",
            "Time to write and commit a group of writes, with the tries that PostgreSQL asked for.",
            registry,
        )
        self._writes = histogram(
            "store_commit_writes",
            "How many writes were committed together.",
            registry,
            buckets=(1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0),
        )
        self._waiting = gauge("store_queue_writes", "Writes that wait for their group.", registry)

    def watch(self, waiting: Callable[[], float]) -> None:
        """Ask at each scrape how many writes wait."""
        self._waiting.set_function(waiting)

    @contextmanager
    def committing(self, writes: int) -> Iterator[None]:
        """Measure a group while the context is open, whether it succeeds or not."""
        began_ms = self._clock.monotonic_ms()
        try:
            yield
        finally:
            self._seconds.observe((self._clock.monotonic_ms() - began_ms) / 1000)
            self._writes.observe(writes)
