"""The wait for the first news of a job, so that an answer can tell what the bot said."""

from dataclasses import dataclass

import structlog

from bridge.jobs.job import UNANSWERED, Job
from bridge.ports import Clock, Subscription
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows import jobs

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Stopping:
    """Says that the bridge is stopping: who waits for news answers with what there is."""

    has_begun: bool = False


@dataclass(frozen=True, slots=True)
class FirstNews:
    """Waits until the bot has answered, at most for `patience_s`."""

    database: Database
    clock: Clock
    patience_s: float
    closing: Stopping

    async def of(self, job: Job, subscription: Subscription) -> Job:
        """Return a job that was just kept as it is when there is news or the patience is over.

        The subscription is older than the job: without a notification there is nothing to look at, and its
        payload is the job as a step has left it. Only one without a payload costs a look.
        """
        until_ms = self.clock.monotonic_ms() + round(self.patience_s * 1000)
        while job.state in UNANSWERED and not self.closing.has_begun:
            left_ms = until_ms - self.clock.monotonic_ms()
            if left_ms <= 0:
                break
            was_rung = await subscription.wait(left_ms / 1000)
            told = [one for one in subscription.payloads() if isinstance(one, Job)]
            if told:
                job = max(told, key=lambda one: one.revision)
            elif was_rung and not self.closing.has_begun:
                job = await self._looked_at(job)
        return job

    async def _looked_at(self, job: Job) -> Job:
        """Return a job as it is now; it was kept, so no trouble of the store may refuse it any more."""
        try:
            return await self.database.query(lambda tx: jobs.by_id(tx, job.id)) or job
        except StoreUnavailable as error:
            log.warning("job_was_not_read", job_id=job.id, reason=str(error))
            return job
