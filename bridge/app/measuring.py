"""What the metrics learn of the parts of a bridge: steps of jobs as they happen, the rest at a scrape."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.accounts.condition import Condition, Standing
from bridge.flows.step import Moved
from bridge.jobs.job import Cause, Job, State
from bridge.jobs.verdict import Rule
from bridge.metrics.at_scrape import Found, Stored
from bridge.metrics.metrics import Metrics
from bridge.ports import Clock
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows import measures
from bridge.store.rows.events import Event

ENDINGS: Final = (
    (State.COMPLETED.value, ""),
    *((cause.value, cause.value) for cause in (Cause.MODERATED, Cause.CANCELLED)),
    *(("failed", cause.value) for cause in Cause if cause not in (Cause.MODERATED, Cause.CANCELLED)),
)
"""The status and the cause of every end of a job."""
LOOK_S: Final = 2.0
"""How long the database may take at a scrape; without an answer, what it says is left out."""


def watches(metrics: Metrics, verbs: Iterable[str]) -> Mapping[str, Callable[[object], None]]:
    """Return what counts the steps of jobs, by the notification that tells of each; `verbs` are all names."""
    for verb in verbs:
        metrics.jobs.expect(verb, ENDINGS)
    for rule in Rule:
        metrics.messages.expect(rule)

    def placed(payload: object) -> None:
        if isinstance(payload, Event):
            job = payload.job
            metrics.jobs.accepted(job.command.verb)
            metrics.feed.committed(payload.position)
            if job.ended_ms is not None:
                _count_end(metrics, job)

    def moved(payload: object) -> None:
        if isinstance(payload, Moved):
            _count_step(metrics, payload)

    return {"placed": placed, "moved": moved}


def _count_step(metrics: Metrics, step: Moved) -> None:
    job, before = step.job, step.before
    if step.position is not None:
        metrics.feed.committed(step.position)
    if step.is_first_news and job.failure is None:
        metrics.jobs.answered(job.command.verb, _since(job.created_ms, job.updated_ms))
    if before.ended_ms is None and job.ended_ms is not None:
        _count_end(metrics, job)
    elif job.is_late and not before.is_late:
        metrics.jobs.came_late(job.command.verb)


def _count_end(metrics: Metrics, job: Job) -> None:
    cause = job.failure.cause.value if job.failure is not None else ""
    seconds = _since(job.created_ms, job.ended_ms or job.created_ms)
    metrics.jobs.ended(job.command.verb, job.status, cause, seconds)


def _since(then_ms: int, now_ms: int) -> float:
    """Return a span in seconds; a clock that was set back has made none."""
    return max(0, now_ms - then_ms) / 1000


@dataclass(frozen=True, slots=True)
class Scrape:
    """Asks what a scrape needs; a condition is None for an account that does not run here."""

    database: Database
    clock: Clock
    metrics: Metrics
    conditions: Callable[[], Iterable[Condition | None]]
    streams: Callable[[], int]

    async def text(self) -> bytes:
        """Return all metrics as they are now."""
        counted = Counter(one.standing.value for one in self.conditions() if one is not None)
        known = {standing.value: counted[standing.value] for standing in Standing}
        return self.metrics.text(Found(self.streams(), known, await self._stored()))

    async def _stored(self) -> Stored | None:
        now_ms = self.clock.now_ms()
        try:
            async with asyncio.timeout(LOOK_S):
                found = await self.database.read(measures.now)
        except (StoreUnavailable, TimeoutError):
            return None
        oldest_s = 0.0 if found.oldest_ms is None else _since(found.oldest_ms, now_ms)
        return Stored(found.open_jobs, found.strays, found.owed, oldest_s, found.configured, found.paused)
