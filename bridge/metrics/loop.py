"""The event loop."""

from prometheus_client import CollectorRegistry

from bridge.metrics.families import histogram


class LoopMetrics:
    """Measures how late the loop runs what is due."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._lag = histogram(
            "loop_lag_seconds", "How late the event loop was, measured twice a second.", registry
        )

    def late(self, seconds: float) -> None:
        """Measure a lag."""
        self._lag.observe(seconds)
