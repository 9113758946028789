"""Gives up jobs that were sent and get no answer: one class for each reason that depends on time.

The reasons and their texts are the rows of `jobs/given_up.py`. A job that is given up is never sent again,
and a late result of it is still accepted.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.accounts.condition import Condition
from bridge.accounts.stopwatch import Stopwatch
from bridge.flows.context import AccountContext
from bridge.flows.hear.catch_up import LONGEST_PAUSE_S, Reach
from bridge.flows.step import Moved, Now, notify_of, take_step
from bridge.jobs.given_up import SILENT, UNCONFIRMED, UNREACHED_ACCOUNT, UNUSABLE_ACCOUNT, given_up
from bridge.jobs.job import IN_FLIGHT, NOT_HEARD_OF, Cause, Failure, Job, State
from bridge.jobs.signals import Failed, GivenUp
from bridge.jobs.texts import needs_attention
from bridge.ports import DAY_MS, HOUR_MS
from bridge.store.database import Tx
from bridge.store.rows import accounts, interactions, jobs, messages

log = structlog.get_logger(__name__)

MENDING_MS: Final = DAY_MS
"""How long a person has to fix an account before the jobs it has sent are given up."""
UNREACHED_MS: Final = DAY_MS
"""How long without a connection until the jobs of an account end."""
KEEP_MS: Final = 30_000
NEVER_SENT: Final = "The job was not sent."
READS: Final = 2
"""How many reads of the history must show no trace of a job before it is given up."""
SELDOM: Final = 24
"""After these reads, an undecided job is searched for only every so many sweeps."""


@dataclass(frozen=True, slots=True)
class SilentJobs:
    """Gives up jobs about which the bot has posted nothing for too long while the account was listening.

    A message may have been missed, so the history is read first. If Discord does not return it, the job is
    given up anyway: at once if this read failed; if reads are paused after an earlier failure, after
    `LONGEST_PAUSE_S` more silence.

    An undecided message may belong to several silent jobs. Those about which the bot has posted nothing at
    all are given up first, because their end may decide the message. `in_question` returns the possible jobs
    of each such message.
    """

    context: AccountContext
    read_history: Callable[[], Awaitable[Reach]]
    in_question: Callable[[], Awaitable[Mapping[str, Set[str]]]]

    async def sweep(self) -> None:
        """Check every open job of a connected account once."""
        now = self.context.now()
        if not await self.context.database.read(lambda tx: self._silent(tx, now)):
            return
        asked = list((await self.in_question()).values())
        if not await self.context.database.read(lambda tx: self._to_give_up(tx, now, 0, asked)):
            return
        reach = await self.read_history()
        more_s = LONGEST_PAUSE_S if reach is Reach.PUT_OFF else 0
        now, asked = self.context.now(), list((await self.in_question()).values())
        if reach is Reach.PART or not await self.context.database.read(
            lambda tx: self._to_give_up(tx, now, more_s, asked)
        ):
            return
        notify_of(
            self.context.notifier,
            await self.context.database.write(lambda tx: self._give_up(tx, now, more_s, asked)),
        )

    def _give_up(self, tx: Tx, now: Now, more_s: float, asked: Sequence[Set[str]]) -> Sequence[Moved]:
        signal = given_up(SILENT, seconds=self.context.timing.silence_s)
        found = [take_step(tx, job, signal, now) for job in self._to_give_up(tx, now, more_s, asked)]
        return [after for after in found if after]

    def _to_give_up(self, tx: Tx, now: Now, more_s: float, asked: Sequence[Set[str]]) -> Sequence[Job]:
        """Return the silent jobs; unstarted ones first if they share an undecided message."""
        untold = {job.id for job in self._flying(tx) if job.state in NOT_HEARD_OF}
        spared = frozenset[str]().union(*(meant for meant in asked if meant & untold)) - untold
        return [job for job in self._silent(tx, now, more_s) if job.id not in spared]

    def _silent(self, tx: Tx, now: Now, more_s: float = 0) -> Sequence[Job]:
        heard_before_ms = now.listened_ms - (self.context.timing.silence_s + more_s) * 1000
        return [job for job in self._flying(tx) if job.listened_ms < heard_before_ms]

    def _flying(self, tx: Tx) -> Sequence[Job]:
        return [job for job in jobs.open_of(tx, self.context.account.id) if job.state in IN_FLIGHT]


@dataclass(frozen=True, slots=True)
class UnusableAccount:
    """Gives up jobs sent on an account that receives nothing until a person acts.

    Silence would never end them, because it counts only while the account is listening. On an account that
    was removed from the list they end at once; a configured one has a day to be fixed.
    """

    context: AccountContext

    async def sweep(self) -> None:
        """Check every job of the account once, if it is unusable."""
        condition, now = self.context.session.condition, self.context.now()
        if not condition.is_unusable or not await self.context.database.read(lambda tx: self._lost(tx, now)):
            return
        notify_of(
            self.context.notifier,
            await self.context.database.write(lambda tx: self._give_up(tx, condition, now)),
        )

    def _lost(self, tx: Tx, now: Now) -> Sequence[Job]:
        mending_ms = MENDING_MS if accounts.is_configured(tx, self.context.account.id) else 0
        before_ms = now.ms - mending_ms
        found = jobs.open_of(tx, self.context.account.id)
        return [job for job in found if job.state in IN_FLIGHT and job.heard_ms <= before_ms]

    def _give_up(self, tx: Tx, condition: Condition, now: Now) -> Sequence[Moved]:
        why = condition.reason or "it cannot be used"
        moved = []
        for job in self._lost(tx, now):
            signal = given_up(UNUSABLE_ACCOUNT, channel=job.channel, why=why)
            moved.append(take_step(tx, job, signal, now))
        return [after for after in moved if after]


class UnreachedAccount:
    """Counts how long an account has had no connection, and ends its jobs after a day.

    The bridge still keeps trying to connect. The day is counted like listening time (docs/decisions/0012):
    while the bridge runs, across restarts; a connection resets it. For an account on which a person must act,
    see `UnusableAccount`; its unsent jobs fail at once (`Dispatch`).
    """

    def __init__(self, context: AccountContext) -> None:
        self._context = context
        self._time = Stopwatch(context.account.unreached_ms)
        self._kept_ms = context.account.unreached_ms

    def has_connected(self) -> None:
        """Reset the count."""
        self._time = Stopwatch(0)

    async def sweep(self) -> None:
        """Continue the count, and end jobs that have waited for a connection for a day."""
        condition, now = self._context.session.condition, self._context.now()
        if condition.is_connected:
            self.has_connected()
        else:
            self._time.start(self._context.clock.monotonic_ms())
            self._time.tick(self._context.clock.monotonic_ms())
        unreached_ms = self._time.total_ms(self._context.clock.monotonic_ms())
        await self._keep(unreached_ms)
        if condition.is_unusable or unreached_ms < UNREACHED_MS:
            return
        if await self._context.database.read(lambda tx: self._to_give_up(tx, now)):
            told = f"Discord has not been reached for {unreached_ms // HOUR_MS} hours"
            told += f" ({condition.reason})" if condition.reason else ""
            moved = await self._context.database.write(lambda tx: self._end(tx, told, now))
            notify_of(self._context.notifier, moved)

    async def _keep(self, unreached_ms: int) -> None:
        """Store the count now and then; after a crash it is lower by that much, and jobs wait longer."""
        if abs(unreached_ms - self._kept_ms) >= KEEP_MS:
            await self._context.database.write(
                lambda tx: accounts.keep_unreached(tx, self._context.account.id, unreached_ms)
            )
            self._kept_ms = unreached_ms

    def _to_give_up(self, tx: Tx, now: Now) -> Sequence[Job]:
        """Return the open jobs without a message for as long; a newer job has its own day."""
        before_ms = now.ms - UNREACHED_MS
        return [job for job in jobs.open_of(tx, self._context.account.id) if job.heard_ms <= before_ms]

    def _end(self, tx: Tx, told: str, now: Now) -> Sequence[Moved]:
        moved = [take_step(tx, job, _signal(job, told), now) for job in self._to_give_up(tx, now)]
        return [after for after in moved if after]


def _signal(job: Job, told: str) -> Failed | GivenUp:
    """Return the signal that ends a job: failed if it was never sent, else given up."""
    if job.state is State.WAITING:
        return Failed(Failure(Cause.ACCOUNT, needs_attention(job.channel), f"{told}. {NEVER_SENT}"))
    return given_up(UNREACHED_ACCOUNT, channel=job.channel, why=told)


class UnprovenJobs:
    """Gives up POSTs, of a command or a modal, with an unknown outcome, once they are proven absent.

    The outcome is unknown if Discord did not answer, and if the process was killed between the claim and the
    answer.

    The proof takes two reads of the history without a message that could belong to the job, on a listening
    session, the first one at least `absent_after_ms` after the POST.

    `sending` is the job whose POST is in progress: it is not checked. `in_question` returns the possible jobs
    of each undecided message: they are not proven absent.
    """

    def __init__(
        self,
        context: AccountContext,
        read_history: Callable[[], Awaitable[Reach]],
        sending: Callable[[], str | None],
        in_question: Callable[[], Awaitable[Mapping[str, Set[str]]]],
    ) -> None:
        self._context = context
        self._read_history = read_history
        self._sending = sending
        self._in_question = in_question
        self._reads: Counter[str] = Counter()
        self._sweeps = 0

    async def sweep(self) -> None:
        """Read the history for unproven jobs, and give up those without a trace in two reads."""
        now, sending = self._context.now(), self._sending()
        suspects = await self._context.database.read(lambda tx: self._suspects(tx, now, sending))
        for job_id in self._reads.keys() - set(suspects):
            del self._reads[job_id]
        if not suspects or not self._is_time(suspects) or await self._read_history() is not Reach.WHOLE:
            return
        self._reads.update(suspects)
        absent = [job_id for job_id in suspects if self._reads[job_id] >= READS]
        if absent:
            await self._give_up(absent)

    def _is_time(self, suspects: Sequence[str]) -> bool:
        """Return whether to read again: at each sweep at first, later only now and then."""
        self._sweeps += 1
        return any(self._reads[job_id] < READS for job_id in suspects) or self._sweeps % SELDOM == 0

    def _suspects(self, tx: Tx, now: Now, sending: str | None) -> Sequence[str]:
        found = interactions.without_news(
            tx, self._context.account.id, now.ms - self._context.timing.absent_after_ms
        )
        return [job.id for job in jobs.readable(tx, found) if job.id != sending]

    async def _give_up(self, absent: Sequence[str]) -> None:
        """Give up the jobs to which no undecided message may belong."""
        in_question = await self._in_question()
        unseen = set(absent).difference(*in_question.values())
        known, now, sending = frozenset(in_question), self._context.now(), self._sending()
        moved = await self._context.database.write(
            lambda tx: self._give_up_absent(tx, unseen, known, now, sending)
        )
        for one in moved:
            log.warning("job_was_given_up", job_id=one.job.id, cause=UNCONFIRMED.cause)
        notify_of(self._context.notifier, moved)

    def _give_up_absent(
        self, tx: Tx, absent: Set[str], known: Set[str], now: Now, sending: str | None
    ) -> Sequence[Moved]:
        """Give up the jobs that are still unproven, unless there is a new stray, or no room for more."""
        strays = messages.stray_ids(tx, self._context.account.id)
        if len(strays) >= messages.MOST_STRAYS or strays - known:
            return []
        suspects = set(self._suspects(tx, now, sending)) & absent
        found = jobs.readable(tx, suspects)
        return [after for job in found if (after := take_step(tx, job, given_up(UNCONFIRMED), now))]
