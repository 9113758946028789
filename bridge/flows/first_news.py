"""The wait for the first news of a job, so that an answer can tell what the bot said."""

from dataclasses import dataclass

import structlog

from bridge.jobs.job import UNANSWERED, Job
from bridge.ports import Bells, Clock
from bridge.store import jobs
from bridge.store.database import Database, StoreUnavailable

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Closing:
    """Says that the bridge is stopping: who waits for news answers with what there is."""

    has_begun: bool = False


@dataclass(frozen=True, slots=True)
class FirstNews:
    """Waits until the bot has answered, at most for `patience_s`."""

    database: Database
    bells: Bells
    clock: Clock
    patience_s: float
    closing: Closing

    async def of(self, job: Job) -> Job:
        """Return a kept job as it is when there is news or the patience is over: listen first, then look."""
        until_ms = self.clock.monotonic_ms() + round(self.patience_s * 1000)
        with self.bells.listen(f"job:{job.id}", "closing") as ear:
            while True:
                job = await self._looked_at(job)
                left_ms = until_ms - self.clock.monotonic_ms()
                if job.state not in UNANSWERED or left_ms <= 0 or self.closing.has_begun:
                    return job
                await ear.wait(left_ms / 1000)

    async def _looked_at(self, job: Job) -> Job:
        """Return a job as it is now; it was kept, so no trouble of the store may refuse it any more."""
        try:
            return await self.database.query(lambda tx: jobs.by_id(tx, job.id)) or job
        except StoreUnavailable as error:
            log.warning("job_was_not_read", job_id=job.id, reason=str(error))
            return job
