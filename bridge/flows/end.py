"""How jobs end without the bot: silence, and a client's cancel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.flows.step import Now, ring_for, take_step
from bridge.jobs.job import IN_FLIGHT, Cause, Failure, Job
from bridge.jobs.signals import Cancelled, Doubted
from bridge.ports import Bells
from bridge.store import jobs
from bridge.store.database import Database, Tx

OWED_MS: Final = 86_400_000
"""For how long the late result of a job that was given up or cancelled is still waited for."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Gives up what the bot has been silent on for too long while the account listened."""

    account: int
    database: Database
    bells: Bells
    silence_s: float
    now: Callable[[], Now]

    async def sweep(self) -> None:
        """Look at every job of the account once."""
        if await self.database.read(self._has_work):
            ring_for(self.bells, await self.database.write(self._swept))

    def _has_work(self, tx: Tx) -> bool:
        now = self.now()
        return any(self._is_silent(job, now) or _is_forgotten(job, now) for job in self._all(tx))

    def _swept(self, tx: Tx) -> Sequence[Job]:
        now = self.now()
        failure = Failure(
            Cause.SILENCE,
            f"The bot has been silent for {self.silence_s:g} seconds",
            "The job was not sent again; it may have run, and a late result is still taken.",
        )
        for job in filter(lambda job: _is_forgotten(job, now), self._all(tx)):
            jobs.forget(tx, job)
        silent = [job for job in jobs.open_of(tx, self.account) if self._is_silent(job, now)]
        return [after for job in silent if (after := take_step(tx, job, Doubted(failure), now))]

    def _all(self, tx: Tx) -> Sequence[Job]:
        return jobs.owed_of(tx, self.account)

    def _is_silent(self, job: Job, now: Now) -> bool:
        return job.state in IN_FLIGHT and now.listened_ms - job.listened_ms > self.silence_s * 1000


def _is_forgotten(job: Job, now: Now) -> bool:
    return job.ended_ms is not None and now.ms - job.ended_ms > OWED_MS


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ends a job at its client's wish; the bot's own work is not stopped."""

    database: Database
    bells: Bells
    now: Callable[[], Now]

    async def run(self, tenant: str, job_id: str) -> Job | None:
        """Return the job as it is afterwards, None when the tenant has none of that id."""

        def cancel(tx: Tx) -> tuple[Job | None, bool]:
            job = jobs.of_tenant(tx, tenant, job_id)
            failure = Failure(Cause.CANCELLED, "The job was cancelled")
            after = take_step(tx, job, Cancelled(failure), self.now()) if job else None
            return after or job, after is not None

        job, has_moved = await self.database.write(cancel)
        ring_for(self.bells, [job] if job and has_moved else [])
        return job
