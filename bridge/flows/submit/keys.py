"""Idempotency keys across requests: what a key was used for, its stored answer, and when it is free again.

A key is assigned to its job in the job's own transaction (`flows.submit.draft`). Only the request of that
job changes it afterwards: another process may have accepted the same request meanwhile.
"""

from dataclasses import dataclass

import structlog

from bridge.flows.access.admission import NoLongerAdmitted
from bridge.jobs.job import Job
from bridge.ports import Clock
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import idempotency, jobs
from bridge.store.rows.idempotency import Key, UsedKey

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IdempotencyKeys:
    """The keys of the last day."""

    database: Database
    clock: Clock

    async def use_of(self, key: Key) -> UsedKey | None:
        """Return what a key was used for, None if it is free."""
        now_ms = self.clock.now_ms()
        return await self.database.query(lambda tx: idempotency.find(tx, key, now_ms))

    async def job_of(self, used: UsedKey) -> Job | None:
        """Return the job that a key was used for."""
        return await self.database.query(lambda tx: jobs.by_id(tx, used.job))

    async def free(self, key: Key, used: UsedKey) -> None:
        """Free a key, if it is still used for the same: the next request with it is a new one."""
        await self.database.write(lambda tx: idempotency.delete(tx, key.tenant, key.text, used.job))

    async def answered(self, key: Key, job_id: str, status: int, body: str | None) -> None:
        """Store the answer to the request of a key and its job, or free the key if there is no `body`.

        If this fails, an accepted job is still answered.
        """

        def keep(tx: Tx) -> None:
            if body is None:
                idempotency.delete(tx, key.tenant, key.text, job_id)
            else:
                idempotency.keep_answer(tx, key, job_id, status, body)

        try:
            await self.database.write(keep)
        except (StoreUnavailable, NoLongerAdmitted) as error:
            log.warning("answer_was_not_kept", status=status, reason=str(error))
