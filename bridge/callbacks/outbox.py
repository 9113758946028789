"""What is asked of the outbox beside the sending: to send a job's callbacks again, and to take one back."""

from dataclasses import dataclass

import structlog

from bridge.ports import Clock, Notifier
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import deliveries, jobs

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outbox:
    """The callbacks that are owed."""

    database: Database
    notifier: Notifier
    clock: Clock

    async def send_again(self, tenant: str, job_id: str) -> int | None:
        """Owe the callbacks of a tenant's job once more; return how many, None when there is no such job."""
        now_ms = self.clock.now_ms()

        def owed_anew(tx: Tx) -> int | None:
            if jobs.of_tenant(tx, tenant, job_id) is None:
                return None
            return deliveries.send_again(tx, tenant, job_id, now_ms)

        count = await self.database.write(owed_anew)
        if count is not None:
            self.notifier.notify("deliveries")
        return count

    async def withdraw(self, job_id: str) -> None:
        """Owe the first callback of a job no more: the answer has told its end."""
        try:
            await self.database.write(lambda tx: deliveries.withdraw(tx, job_id))
        except StoreUnavailable as error:
            log.warning("callback_was_not_taken_back", job_id=job_id, reason=str(error))
