"""Jobs that were never sent fail if they cannot be sent: nothing of them ran, so no result is expected."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.flows.context import AccountContext
from bridge.flows.step import Moved, Now, notify_of, take_step
from bridge.jobs.job import Cause, Failure, State
from bridge.jobs.signals import Failed
from bridge.jobs.texts import needs_attention
from bridge.store.database import Tx
from bridge.store.rows import jobs


@dataclass(frozen=True, slots=True)
class UnsentJobs:
    """Fails waiting jobs of one account."""

    context: AccountContext

    async def fail_if_unusable(self) -> None:
        """Fail all of them if the account is unusable: a person must act on it first."""
        condition, account = self.context.condition(), self.context.account
        if not condition.is_unusable:
            return
        waiting = await self.context.database.read(lambda tx: jobs.waiting_of(tx, account.id))
        failure = Failure(Cause.ACCOUNT, needs_attention(account.channel), condition.explanation)
        await self.fail([job.id for job in waiting], failure)

    async def fail(self, job_ids: Iterable[str], failure: Failure) -> None:
        """Fail those of some jobs that are still waiting."""
        ids, now = list(job_ids), self.context.now()
        if ids:
            moved = await self.context.database.write(lambda tx: _fail(tx, ids, failure, now))
            notify_of(self.context.notifier, moved)


def _fail(tx: Tx, job_ids: Iterable[str], failure: Failure, now: Now) -> Sequence[Moved]:
    waiting = [job for job in jobs.readable(tx, job_ids) if job.state is State.WAITING]
    return [after for job in waiting if (after := take_step(tx, job, Failed(failure), now))]
