"""A client cancels a job; the bot's own work is not stopped."""

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
    """Ends a job at its client's wish; the bot's own work is not stopped."""

    database: Database
    notifier: Notifier
    now: Callable[[], Now]

    async def run(self, tenant: str, job_id: str) -> Job | None:
        """Return the job as it is afterwards, None when the tenant has none of that id."""
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
