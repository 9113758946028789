"""Jobs of an account with which Discord is not reached, as behind a dead proxy, end after a day of tries.

The connection itself is tried for ever. The day is counted as listening time is (docs/decisions/0012): while
the bridge runs, and over its restarts; a connection ends it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from bridge.accounts.listening import ListeningTime
from bridge.flows.end.giving_up import MENDING_MS
from bridge.flows.step import Moved, Now, notify_of, take_step
from bridge.jobs.given_up import UNREACHED_ACCOUNT, given_up
from bridge.jobs.job import Cause, Failure, Job, State
from bridge.jobs.signals import Doubted, Failed
from bridge.jobs.texts import needs_attention
from bridge.ports import Clock, Notifier
from bridge.sessions.port import Session
from bridge.store.database import Database, Tx
from bridge.store.rows import accounts, jobs

KEEP_MS: Final = 30_000
HOUR_MS: Final = 3_600_000
NEVER_SENT: Final = "The job was not sent."


class UnreachedAccount:
    """Counts for how long an account has had no connection, and ends its jobs then.

    One on which a person has to act has ends of its own: `Deaf` and the dispatch.
    """

    def __init__(
        self,
        account: int,
        database: Database,
        notifier: Notifier,
        clock: Clock,
        session: Session,
        unreached_ms: int,
        now: Callable[[], Now],
    ) -> None:
        self._account = account
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self._session = session
        self._now = now
        self._time = ListeningTime(unreached_ms)
        self._kept_ms = unreached_ms

    def has_connected(self) -> None:
        """Begin the count anew."""
        self._time = ListeningTime(0)

    async def sweep(self) -> None:
        """Count on, and end what has waited for a day for a connection."""
        condition, now = self._session.condition, self._now()
        if condition.is_connected:
            self.has_connected()
        else:
            self._time.start(self._clock.monotonic_ms())
            self._time.tick(self._clock.monotonic_ms())
        unreached_ms = self._time.total_ms(self._clock.monotonic_ms())
        await self._keep(unreached_ms)
        if condition.is_unusable or unreached_ms < MENDING_MS:
            return
        if await self._database.read(lambda tx: self._over(tx, now)):
            told = f"Discord has not been reached for {unreached_ms // HOUR_MS} hours"
            told += f" ({condition.reason})" if condition.reason else ""
            moved = await self._database.write(lambda tx: self._ended(tx, told, now))
            notify_of(self._notifier, moved)

    async def _keep(self, unreached_ms: int) -> None:
        """Keep the count now and then; a crash sets it back by as much, and jobs wait longer."""
        if abs(unreached_ms - self._kept_ms) >= KEEP_MS:
            await self._database.write(lambda tx: accounts.keep_unreached(tx, self._account, unreached_ms))
            self._kept_ms = unreached_ms

    def _over(self, tx: Tx, now: Now) -> Sequence[Job]:
        """Return the open jobs that have heard nothing for as long; a younger one has its own day."""
        before_ms = now.ms - MENDING_MS
        return [job for job in jobs.open_of(tx, self._account) if job.heard_ms <= before_ms]

    def _ended(self, tx: Tx, told: str, now: Now) -> Sequence[Moved]:
        moved = [take_step(tx, job, _signal(job, told), now) for job in self._over(tx, now)]
        return [after for after in moved if after]


def _signal(job: Job, told: str) -> Failed | Doubted:
    """Return the end of a job: one that was never sent has failed, any other may have run."""
    if job.state is State.WAITING:
        return Failed(Failure(Cause.ACCOUNT, needs_attention(job.channel), f"{told}. {NEVER_SENT}"))
    return given_up(UNREACHED_ACCOUNT, channel=job.channel, why=told)
