"""Connections to Discord's gateway."""

from prometheus_client import CollectorRegistry

from bridge.metrics.families import QUICK_S, counter, histogram


class GatewayMetrics:
    """Counts what becomes of gateway connections, and measures their heartbeats and events."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        sessions = counter(
            "gateway_sessions",
            "Gateway sessions that came up: new ones, and resumed ones that missed nothing.",
            registry,
            ("kind",),
        )
        self._new, self._resumed = sessions.labels("new"), sessions.labels("resumed")
        self._lost = counter("gateway_disconnects", "Gateway connections that ended.", registry)
        self._unreached = counter(
            "gateway_connect_failures", "Attempts to reach the gateway that failed.", registry
        )
        self._beat = histogram(
            "gateway_heartbeat_seconds",
            "Time from a heartbeat to its acknowledgement by Discord.",
            registry,
        )
        self._to_commit = histogram(
            "frame_to_commit_seconds",
            "Time from the arrival of an event of the bot to the commit of what it changed.",
            registry,
            buckets=(*QUICK_S, 30.0, 60.0),
        )

    def came_up(self, *, is_resumed: bool) -> None:
        """Count a session that is up."""
        (self._resumed if is_resumed else self._new).inc()

    def lost(self) -> None:
        """Count a connection that has ended."""
        self._lost.inc()

    def unreached(self) -> None:
        """Count an attempt that has failed."""
        self._unreached.inc()

    def beat(self, seconds: float) -> None:
        """Measure a heartbeat."""
        self._beat.observe(seconds)

    def committed(self, seconds: float) -> None:
        """Measure an event that was processed."""
        self._to_commit.observe(seconds)
