"""Requests of the HTTP API."""

from typing import Final

from prometheus_client import CollectorRegistry

from bridge.metrics.families import counter, histogram

METHODS: Final = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})
"""What others send is of no route; anyone may send any word."""


class HttpMetrics:
    """Counts requests when they are answered; a stream, when it ends."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._requests = counter(
            "http_requests",
            "Requests that were answered, by the template of the route, method and status.",
            registry,
            ("route", "method", "status"),
        )
        self._seconds = histogram(
            "http_request_seconds",
            "Time from the head of a request to its answer, without streams.",
            registry,
            ("route",),
        )

    def answered(self, route: str, method: str, status: int, seconds: float | None) -> None:
        """Count an answer; `seconds` is None for a stream."""
        known = method if method in METHODS else "other"
        self._requests.labels(route, known, str(status)).inc()
        if seconds is not None:
            self._seconds.labels(route).observe(seconds)
