"""Messages of the channels: whose they were found to be."""

from prometheus_client import CollectorRegistry

from bridge.metrics.families import counter


class MessageMetrics:
    """Counts messages by the verdict on them."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._matched = counter(
            "messages_matched",
            "Messages of a job, by the rule that found it.",
            registry,
            ("rule",),
        )
        self._foreign = counter("messages_foreign", "Messages that belong to no job of the bridge.", registry)
        self._strays = counter(
            "messages_ambiguous", "Messages that may belong to several jobs when they came.", registry
        )
        self._unmatched = counter(
            "videos_unmatched", "Videos for the user of an account that no job got when they came.", registry
        )

    def expect(self, rule: str) -> None:
        """Show the counter of a rule from the start."""
        self._matched.labels(rule)

    def matched(self, rule: str) -> None:
        """Count a message whose job was found."""
        self._matched.labels(rule).inc()

    def foreign(self, count: int = 1) -> None:
        """Count messages that are not ours."""
        self._foreign.inc(count)

    def ambiguous(self) -> None:
        """Count a message that nothing decides yet."""
        self._strays.inc()

    def unmatched(self) -> None:
        """Count a video that no job got."""
        self._unmatched.inc()
