"""Jobs: accepted, answered by the bot, ended."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry

from bridge.metrics.families import SLOW_S, counter, histogram


class JobMetrics:
    """Counts the jobs of all tenants, by what this process does with them."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._accepted = counter("jobs_accepted", "Jobs that were accepted.", registry, ("verb",))
        self._ended = counter(
            "jobs_ended",
            "Jobs that ended, by status, and by cause if they ended without a video.",
            registry,
            ("verb", "status", "cause"),
        )
        self._late = counter(
            "jobs_late",
            "Jobs that had ended without a video, and got one afterwards.",
            registry,
            ("verb",),
        )
        self._first_answer = histogram(
            "job_first_answer_seconds",
            "Time from the acceptance of a job to the first answer of the bot.",
            registry,
            ("verb",),
            SLOW_S,
        )
        self._whole = histogram(
            "job_seconds",
            "Time from the acceptance of a job to its end.",
            registry,
            ("verb", "status"),
            SLOW_S,
        )

    def expect(self, verb: str, endings: Iterable[tuple[str, str]]) -> None:
        """Show the counters of a verb from the start, by status and cause: no rise from nothing is seen."""
        self._accepted.labels(verb)
        self._late.labels(verb)
        for status, cause in endings:
            self._ended.labels(verb, status, cause)

    def accepted(self, verb: str) -> None:
        """Count a new job."""
        self._accepted.labels(verb).inc()

    def answered(self, verb: str, seconds: float) -> None:
        """Count the first answer of the bot to a job."""
        self._first_answer.labels(verb).observe(seconds)

    def ended(self, verb: str, status: str, cause: str, seconds: float) -> None:
        """Count the end of a job; `cause` is empty for one with a video."""
        self._ended.labels(verb, status, cause).inc()
        self._whole.labels(verb, status).observe(seconds)

    def came_late(self, verb: str) -> None:
        """Count a video that came after its job had ended."""
        self._late.labels(verb).inc()
