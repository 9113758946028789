"""How jobs end without the bot: silence, and a client's cancel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.accounts.condition import Condition
from bridge.flows.step import Now, ring_for, take_step
from bridge.jobs.job import IN_FLIGHT, Cause, Failure, Job
from bridge.jobs.signals import Cancelled, Doubted
from bridge.jobs.texts import needs_attention
from bridge.ports import Bells
from bridge.sessions.port import Session
from bridge.store import accounts, jobs
from bridge.store.database import Database, Tx

MENDING_MS: Final = 86_400_000
"""How long a person has to mend an account before what it has sent is given up."""
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

    async def sweep(self) -> bool:
        """Look at every job of the account once; True when one was given up or forgotten."""
        if not await self.database.read(self._has_work):
            return False
        ring_for(self.bells, await self.database.write(self._swept))
        return True

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
class Deaf:
    """Gives up what was sent on an account that can hear nothing more until a person acts.

    Silence would never end it, since silence counts only while the account listens. An account that has left
    the list is nobody's to mend; one of the list is given a day.
    """

    account: int
    database: Database
    bells: Bells
    session: Session
    now: Callable[[], Now]

    async def sweep(self) -> None:
        """Look at every job of the account once, if it is deaf."""
        condition = self.session.condition
        lost = await self.database.read(self._lost) if condition.is_unusable else ()
        if lost:
            ring_for(self.bells, await self.database.write(lambda tx: self._given_up(tx, condition)))

    def _lost(self, tx: Tx) -> Sequence[Job]:
        patience_ms = MENDING_MS if accounts.is_configured(tx, self.account) else 0
        before_ms = self.now().ms - patience_ms
        found = jobs.open_of(tx, self.account)
        return [job for job in found if job.state in IN_FLIGHT and job.heard_ms <= before_ms]

    def _given_up(self, tx: Tx, condition: Condition) -> Sequence[Job]:
        reason = condition.reason or "it cannot be used"
        details = f"{reason}. The job was not sent again; it may have run, and a late result is still taken."
        moved = []
        for job in self._lost(tx):
            failure = Failure(Cause.ACCOUNT, needs_attention(job.channel), details)
            moved.append(take_step(tx, job, Doubted(failure), self.now()))
        return [after for after in moved if after]


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
