"""How jobs end without the bot: silence, a deaf account, a client's cancel, an obstacle before the POST."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from bridge.accounts.condition import Condition
from bridge.flows.hear.catch_up import LONGEST_PAUSE_S, Reach
from bridge.flows.step import Moved, Now, notify_of, take_step
from bridge.jobs.given_up import SILENT, UNUSABLE_ACCOUNT, given_up
from bridge.jobs.job import IN_FLIGHT, UNANSWERED, Cause, Failure, Job, State
from bridge.jobs.signals import Cancelled, Failed
from bridge.ports import Notifier
from bridge.sessions.port import Session
from bridge.store.database import Database, Tx
from bridge.store.rows import accounts, jobs

MENDING_MS: Final = 86_400_000
"""How long a person has to mend an account before what it has sent is given up."""
OWED_MS: Final = 86_400_000
"""For how long the late result of a job that was given up or cancelled is still waited for."""
HARDLY_OWED_MS: Final = 1_200_000
"""The same for one that is most likely over: less than another job may be silent that it makes ambiguous."""


@dataclass(frozen=True, slots=True)
class SilentJobs:
    """Gives up what the bot has been silent on for too long while the account listened.

    What looks like silence may be a word that was missed: the history is asked first. One that Discord does
    not give keeps no job open, also where others have asked for it: what has been silent for the longest
    pause more has been asked about in vain.

    A job whose video may be there, undecided because it can be of a silent one that the bot has not told of,
    is given up after that one: its end decides. `in_question` tells, by message, which jobs may be meant.
    """

    account: int
    database: Database
    notifier: Notifier
    silence_s: float
    read_history: Callable[[], Awaitable[Reach]]
    in_question: Callable[[], Awaitable[Mapping[str, Set[str]]]]
    now: Callable[[], Now]

    async def sweep(self) -> None:
        """Look at every open job of a connected account once."""
        now = self.now()
        if not await self.database.read(lambda tx: self._silent(tx, now)):
            return
        asked = list((await self.in_question()).values())
        if not await self.database.read(lambda tx: self._over(tx, now, 0, asked)):
            return
        reach = await self.read_history()
        more_s = LONGEST_PAUSE_S if reach is Reach.PUT_OFF else 0
        now, asked = self.now(), list((await self.in_question()).values())
        if reach is Reach.PART or not await self.database.read(lambda tx: self._over(tx, now, more_s, asked)):
            return
        notify_of(self.notifier, await self.database.write(lambda tx: self._given_up(tx, now, more_s, asked)))

    def _given_up(self, tx: Tx, now: Now, more_s: float, asked: Sequence[Set[str]]) -> Sequence[Moved]:
        signal = given_up(SILENT, seconds=self.silence_s)
        found = [take_step(tx, job, signal, now) for job in self._over(tx, now, more_s, asked)]
        return [after for after in found if after]

    def _over(self, tx: Tx, now: Now, more_s: float, asked: Sequence[Set[str]]) -> Sequence[Job]:
        """Return the silent jobs; one told of that shares an undecided message with one untold waits."""
        untold = {job.id for job in self._flying(tx) if job.state in UNANSWERED}
        spared = frozenset[str]().union(*(meant for meant in asked if meant & untold)) - untold
        return [job for job in self._silent(tx, now, more_s) if job.id not in spared]

    def _silent(self, tx: Tx, now: Now, more_s: float = 0) -> Sequence[Job]:
        heard_before_ms = now.listened_ms - (self.silence_s + more_s) * 1000
        return [job for job in self._flying(tx) if job.listened_ms < heard_before_ms]

    def _flying(self, tx: Tx) -> Sequence[Job]:
        return [job for job in jobs.open_of(tx, self.account) if job.state in IN_FLIGHT]


@dataclass(frozen=True, slots=True)
class ExpireOwed:
    """Lets go of ended jobs whose late result is no longer waited for."""

    account: int
    database: Database
    now: Callable[[], Now]

    async def sweep(self) -> None:
        """Look at every owed job of the account once."""
        now_ms = self.now().ms
        if any(await self.database.read(lambda tx: self._over(tx, now_ms))):
            await self.database.write(lambda tx: self._forget(tx, now_ms))

    def _forget(self, tx: Tx, now_ms: int) -> None:
        over, unreadable = self._over(tx, now_ms)
        for job in over:
            jobs.forget(tx, job)
        for job_id in unreadable:
            jobs.forget_unreadable(tx, job_id)

    def _over(self, tx: Tx, now_ms: int) -> tuple[Sequence[Job], Sequence[str]]:
        """Return what is over; of what cannot be read no end is known, so its beginning counts."""
        owed, unreadable = jobs.all_owed(tx, self.account)
        ended = [job for job in owed if job.ended_ms is not None]
        return (
            [job for job in ended if now_ms - (job.ended_ms or 0) > _owed_ms(job)],
            [job.id for job in unreadable if now_ms - (job.ended_ms or job.created_ms) > OWED_MS],
        )


def _owed_ms(job: Job) -> int:
    return HARDLY_OWED_MS if job.is_most_likely_over else OWED_MS


@dataclass(frozen=True, slots=True)
class UnusableAccount:
    """Gives up what was sent on an account that can hear nothing more until a person acts.

    Silence would never end it, since silence counts only while the account listens. An account that has left
    the list is nobody's to mend; one of the list is given a day.
    """

    account: int
    database: Database
    notifier: Notifier
    session: Session
    now: Callable[[], Now]

    async def sweep(self) -> None:
        """Look at every job of the account once, if it is deaf."""
        condition, now = self.session.condition, self.now()
        if not condition.is_unusable or not await self.database.read(lambda tx: self._lost(tx, now)):
            return
        notify_of(self.notifier, await self.database.write(lambda tx: self._given_up(tx, condition, now)))

    def _lost(self, tx: Tx, now: Now) -> Sequence[Job]:
        patience_ms = MENDING_MS if accounts.is_configured(tx, self.account) else 0
        before_ms = now.ms - patience_ms
        found = jobs.open_of(tx, self.account)
        return [job for job in found if job.state in IN_FLIGHT and job.heard_ms <= before_ms]

    def _given_up(self, tx: Tx, condition: Condition, now: Now) -> Sequence[Moved]:
        why = condition.reason or "it cannot be used"
        moved = []
        for job in self._lost(tx, now):
            signal = given_up(UNUSABLE_ACCOUNT, channel=job.channel, why=why)
            moved.append(take_step(tx, job, signal, now))
        return [after for after in moved if after]


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


def fail_unsent(tx: Tx, job_ids: Iterable[str], failure: Failure, now: Now) -> Sequence[Moved]:
    """Fail those of some jobs that still wait to be sent: nothing of them ran."""
    waiting = [job for job in jobs.readable(tx, job_ids) if job.state is State.WAITING]
    return [after for job in waiting if (after := take_step(tx, job, Failed(failure), now))]
