"""Other operations on the outbox: sending a job's callbacks again, and withdrawing one."""

from dataclasses import dataclass

import structlog

from bridge.ports import Clock, Notifier
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import deliveries, jobs

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outbox:
    """The pending callbacks."""

    database: Database
    notifier: Notifier
    clock: Clock

    async def send_again(self, tenant: str, job_id: str) -> int | None:
        """Make the callbacks of a tenant's job pending again; return how many, None without such a job."""
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
        """Withdraw the first callback of a job: the answer has already reported the end."""
        try:
            await self.database.write(lambda tx: deliveries.withdraw(tx, job_id))
        except StoreUnavailable as error:
            log.warning("callback_was_not_taken_back", job_id=job_id, reason=str(error))
