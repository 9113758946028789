"""Callbacks: attempts and what became of them."""

from prometheus_client import CollectorRegistry

from bridge.metrics.families import SLOW_S, counter, histogram


class CallbackMetrics:
    """Counts the attempts of this process."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        attempts = counter(
            "callback_attempts",
            "Attempts to deliver a callback: delivered, refused, or failed without an answer.",
            registry,
            ("result",),
        )
        self._delivered, self._refused, self._failed = map(
            attempts.labels, ("delivered", "refused", "failed")
        )
        self._given_up = counter("callbacks_given_up", "Callbacks that were given up.", registry)
        self._seconds = histogram(
            "callback_attempt_seconds", "Time of an attempt to deliver a callback.", registry
        )
        self._delay = histogram(
            "callback_delay_seconds",
            "Time from the end of a job to the delivery of its callback.",
            registry,
            buckets=(0.05, 0.1, 0.25, *SLOW_S, 86_400.0),
        )

    def attempted(self, status: int | None, seconds: float, *, is_delivered: bool) -> None:
        """Count an attempt; `status` is that of the receiver, None without an answer."""
        failed = self._failed if status is None else self._refused
        (self._delivered if is_delivered else failed).inc()
        self._seconds.observe(seconds)

    def delivered_after(self, seconds: float) -> None:
        """Measure a callback that was delivered."""
        self._delay.observe(max(0.0, seconds))

    def given_up(self) -> None:
        """Count a callback that is given up."""
        self._given_up.inc()
