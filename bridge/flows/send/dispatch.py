"""What waits is prepared and sent: in order, paced, each once; what waits for an upload holds up nobody."""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from random import SystemRandom
from typing import Final

from bridge.accounts.account import Account
from bridge.accounts.condition import Condition
from bridge.flows.end.giving_up import fail_unsent
from bridge.flows.send.obstacles import Obstacles
from bridge.flows.send.outage import Outage
from bridge.flows.send.preparations import Preparations
from bridge.flows.send.prepare import Obstacle, not_prepared
from bridge.flows.send.queue import Known, Turn, next_turn
from bridge.flows.send.submission import Submission
from bridge.flows.step import Freed, Moved, Now, notify_of
from bridge.jobs.job import Cause, Failure, Job
from bridge.jobs.texts import needs_attention
from bridge.pixverse.profile import Profile
from bridge.ports import Clock, Notifier, Subscription
from bridge.sessions.port import NotSent, Prepared, Session
from bridge.store.database import Database
from bridge.store.rows import accounts, jobs

LOOK_AGAIN_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing can be sent for so long, or until the account is notified."""

    seconds: float


class Dispatch:
    """Sends what waits on one account. `pace_s` is the least time between two sends."""

    def __init__(
        self,
        account: Account,
        database: Database,
        notifier: Notifier,
        clock: Clock,
        session: Session,
        profile: Profile,
        preparations: Preparations,
        submission: Submission,
        pace_s: float,
        now: Callable[[], Now],
    ) -> None:
        self._account = account
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self._session = session
        self._profile = profile
        self._preparations = preparations
        self._submission = submission
        self._pace_s = pace_s
        self._now = now
        self._obstacles = Obstacles()
        self._outage = Outage(SystemRandom())
        self._held_until_ms = 0
        self._is_preparing = False
        self._waiting: Set[str] = frozenset()
        self._first: Job | None = None

    async def run(self) -> None:
        """Send what waits until cancelled."""
        with self._notifier.subscribe(f"account:{self._account.id}") as subscription:
            while True:
                pause = await self._next(subscription)
                if pause is not None or not self._waiting:
                    await self._rest(subscription, pause or Pause(LOOK_AGAIN_S))

    async def next(self) -> Pause | None:
        """Send the next job that may be sent; return None then, or how long to pause.

        Nothing is claimed before the next thing is its POST: until then a cancellation loses nothing.
        """
        with self._notifier.subscribe(f"account:{self._account.id}") as subscription:
            return await self._next(subscription)

    def known(self) -> Known:
        """Return what the database does not say of the jobs that wait."""
        return Known(
            now_ms=self._clock.now_ms(),
            pace_s=self._pace_s,
            ready=self._preparations.ready,
            under_way=self._preparations.under_way,
            room=self._preparations.room,
            left_alone=self._obstacles.left_ms(self._clock.monotonic_ms()),
            reasons=self._obstacles.reasons,
            quiet_ms=self._outage.left_ms(self._clock.monotonic_ms()),
            is_one_by_one=self._outage.lasts,
        )

    def begin_anew(self) -> None:
        """Ask Discord's REST again at once: there is a new session."""
        self._outage.end()

    async def _next(self, subscription: Subscription) -> Pause | None:
        subscription.payloads()
        payloads: Sequence[object] = ()
        while (pause := await self._once(payloads)) is not None and self._is_preparing:
            await subscription.wait(pause.seconds)
            payloads = subscription.payloads()
        return pause

    async def _rest(self, subscription: Subscription, pause: Pause) -> None:
        """Pause until a notification that a look can find: while nothing waits, nothing can be freed."""
        until_ms = self._clock.monotonic_ms() + pause.seconds * 1000
        while (left_ms := until_ms - self._clock.monotonic_ms()) > 0 and await subscription.wait(
            left_ms / 1000
        ):
            if self._waiting or not all(isinstance(one, Freed) for one in subscription.payloads()):
                break

    async def _once(self, payloads: Sequence[object]) -> Pause | None:
        """Look and send, after what was notified since the last look."""
        self._is_preparing = False
        condition = self._session.condition
        if condition.is_unusable:
            await self._fail_waiting(condition)
        await self._keep_hold()
        if not condition.is_connected:
            return Pause(LOOK_AGAIN_S)
        await self._meet_obstacles()
        turn = await self._turn(payloads)
        prepared = await self._prepared(turn)
        if turn.post is not None and prepared is not None:
            if await self._submission.run(turn.post.id, prepared):
                self._waiting -= {turn.post.id}
            return None
        waits_ms = turn.waits_ms if turn.post is None else ()
        return Pause(min([LOOK_AGAIN_S, *(max(1, wait_ms) / 1000 for wait_ms in waits_ms)]))

    async def _turn(self, payloads: Sequence[object]) -> Turn:
        """Look what is next, and let be prepared what may be.

        When nothing was notified since the last look but that the first job is ready, it is next still.
        """
        self._preparations.drop_stale(self._session.is_current)
        first, self._first = self._first, None
        if first is not None and list(payloads) == [first.id] and first.id in self._preparations.ready:
            return Turn(self._waiting, post=first)
        known = self.known()
        turn = await self._database.read(lambda tx: next_turn(tx, self._account.id, self._profile, known))
        self._waiting, self._first = turn.waiting, turn.first
        self._preparations.keep_only(turn.waiting)
        self._obstacles.keep_only(turn.waiting)
        for job in turn.prepare:
            self._preparations.begin(job)
        self._is_preparing = bool(known.under_way or turn.prepare)
        return turn

    async def _prepared(self, turn: Turn) -> Prepared | None:
        """Return what is to be posted; a modal needs nothing looked up, and is prepared on the spot."""
        if turn.post is None or turn.submit is None:
            return self._preparations.of(turn.post.id) if turn.post is not None else None
        prepared = await self._session.prepare(turn.submit)
        if isinstance(prepared, NotSent):
            await self._meet(turn.post.id, not_prepared(prepared))
            return None
        return prepared

    async def _keep_hold(self) -> None:
        """Keep, for all accounts of the person and over a restart, the silence that Discord has asked for."""
        held_until_ms, now_ms = self._session.held_until_ms, self._clock.now_ms()
        until_ms = now_ms + held_until_ms - self._clock.monotonic_ms()
        if held_until_ms == self._held_until_ms or until_ms <= now_ms:
            return
        await self._database.write(lambda tx: accounts.hold_person(tx, self._account.id, now_ms, until_ms))
        self._held_until_ms = held_until_ms

    async def _meet_obstacles(self) -> None:
        if (newest_ms := self._preparations.newest_ms) is not None:
            self._outage.has_worked(newest_ms)
        for job_id, obstacle in self._preparations.take_obstacles().items():
            await self._meet(job_id, obstacle)

    async def _meet(self, job_id: str, obstacle: Obstacle) -> None:
        if obstacle.is_outage:
            self._outage.has_failed(self._clock.monotonic_ms())
        if failure := self._obstacles.met(job_id, obstacle, self._clock.monotonic_ms()):
            await self._fail([job_id], failure)

    async def _fail_waiting(self, condition: Condition) -> None:
        """End what has not been sent: a person has to act on the account first."""
        waiting = await self._database.read(lambda tx: jobs.waiting_of(tx, self._account.id))
        text = needs_attention(self._account.channel)
        await self._fail([job.id for job in waiting], Failure(Cause.ACCOUNT, text, condition.reason))

    async def _fail(self, job_ids: Iterable[str], failure: Failure) -> None:
        ids, now = list(job_ids), self._now()
        moved: list[Moved] = []
        if ids:
            moved += await self._database.write(lambda tx: fail_unsent(tx, ids, failure, now))
        notify_of(self._notifier, moved)
