"""Waits for the bot's first answer to a job, so that the HTTP answer can contain it."""

from dataclasses import dataclass

import structlog

from bridge.jobs.job import NOT_HEARD_OF, Job, State
from bridge.ports import Clock, Subscription
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows import jobs

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Stopping:
    """Notification that the bridge is stopping: waiting requests are answered with the current state."""

    has_begun: bool = False


@dataclass(frozen=True, slots=True)
class FirstNews:
    """Waits until the bot has answered, at most `patience_s`."""

    database: Database
    clock: Clock
    patience_s: float
    closing: Stopping

    async def of(self, job: Job, subscription: Subscription) -> Job:
        """Wait until a new job has changed or `patience_s` has passed, and return it.

        The subscription is older than the job, so without a notification nothing has changed. The payload is
        the job after a step; only a notification without a payload needs a read. Nobody is notified when a
        job of the queue is given an account, so such a job is read in the end.
        """
        until_ms = self.clock.monotonic_ms() + round(self.patience_s * 1000)
        while job.state in NOT_HEARD_OF and not self.closing.has_begun:
            left_ms = until_ms - self.clock.monotonic_ms()
            if left_ms <= 0:
                break
            was_rung = await subscription.wait(left_ms / 1000)
            told = [one for one in subscription.payloads() if isinstance(one, Job)]
            if told:
                job = max(told, key=lambda one: one.revision)
            elif was_rung and not self.closing.has_begun:
                job = await self._looked_at(job)
        return await self._looked_at(job) if job.state is State.QUEUED else job

    async def _looked_at(self, job: Job) -> Job:
        """Return the current job; the given one if the store fails, because it was accepted already."""
        try:
            return await self.database.query(lambda tx: jobs.by_id(tx, job.id)) or job
        except StoreUnavailable as error:
            log.warning("job_was_not_read", job_id=job.id, reason=str(error))
            return job
