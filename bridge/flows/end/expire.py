"""How long an ended job stays a candidate for new messages.

The late video of a given-up job completes it. That of a cancelled job is only recognised, so that no
other job gets it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bridge.flows.context import AccountContext
from bridge.jobs.job import Job
from bridge.ports import DAY_MS
from bridge.store.database import Tx
from bridge.store.rows import jobs

OWED_MS: Final = DAY_MS
"""How long a given-up or cancelled job stays a candidate."""
HARDLY_OWED_MS: Final = 1_200_000
"""The same for a job that is most likely over; shorter than the silence of a job that it makes ambiguous."""


@dataclass(frozen=True, slots=True)
class ExpireOwed:
    """Stops tracking ended jobs whose time as a candidate is over."""

    context: AccountContext

    async def sweep(self) -> None:
        """Check every owed job of the account once."""
        now_ms = self.context.now().ms
        if any(await self.context.database.read(lambda tx: self._expired(tx, now_ms))):
            await self.context.database.write(lambda tx: self._stop_tracking(tx, now_ms))

    def _stop_tracking(self, tx: Tx, now_ms: int) -> None:
        over, unreadable = self._expired(tx, now_ms)
        for job in over:
            jobs.stop_tracking(tx, job)
        for job_id in unreadable:
            jobs.stop_tracking_unreadable(tx, job_id)

    def _expired(self, tx: Tx, now_ms: int) -> tuple[Sequence[Job], Sequence[str]]:
        """Return jobs whose time is over; for an unreadable open job it counts from the creation."""
        owed, unreadable = jobs.all_owed(tx, self.context.account.id)
        ended = [job for job in owed if job.ended_ms is not None]
        return (
            [job for job in ended if now_ms - (job.ended_ms or 0) > _owed_ms(job)],
            [job.id for job in unreadable if now_ms - (job.ended_ms or job.created_ms) > OWED_MS],
        )


def _owed_ms(job: Job) -> int:
    return HARDLY_OWED_MS if job.is_most_likely_over else OWED_MS
