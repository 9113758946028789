"""Cancels a job for its client; the bot still finishes the video."""

from collections.abc import Callable
from dataclasses import dataclass

from bridge.flows.step import Moved, Now, notify_of, take_step
from bridge.jobs.job import Cause, Failure, Job
from bridge.jobs.signals import Cancelled
from bridge.ports import Notifier
from bridge.store.database import Database, Tx
from bridge.store.rows import jobs


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancels jobs; the bot still finishes their videos."""

    database: Database
    notifier: Notifier
    now: Callable[[], Now]

    async def run(self, tenant: str, job_id: str) -> Job | None:
        """Cancel a job and return it, None if the tenant has none with that id."""
        now = self.now()

        def cancel(tx: Tx) -> Moved | Job | None:
            job = jobs.of_tenant(tx, tenant, job_id)
            failure = Failure(Cause.CANCELLED, "The job was cancelled")
            return (take_step(tx, job, Cancelled(failure), now) or job) if job else None

        found = await self.database.write(cancel)
        if not isinstance(found, Moved):
            return found
        notify_of(self.notifier, [found])
        return found.job
