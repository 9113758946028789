"""Sends the waiting jobs of one account: in order, with pauses.

`next_job` chooses the next job, `prepare` does what it needs before its POST, `posting` makes the POST.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from random import SystemRandom
from typing import TYPE_CHECKING

from bridge.flows.context import AccountContext
from bridge.flows.end.unsent import UnsentJobs
from bridge.flows.send.next_job import SenderState, Turn, next_turn
from bridge.flows.send.person_hold import PersonHold
from bridge.flows.send.posting import Posting
from bridge.flows.send.prepare import Obstacle, Obstacles, Outage, Preparations, not_prepared
from bridge.flows.send.proofs import unsent
from bridge.flows.step import Freed
from bridge.ports import Subscription
from bridge.sessions.port import NotSent, Prepared

if TYPE_CHECKING:
    from bridge.jobs.job import Job


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing can be sent for this time, or until the account is notified."""

    seconds: float


class Dispatch:
    """Chooses the next job of one account, prepares it, and submits it."""

    def __init__(self, context: AccountContext, preparations: Preparations, posting: Posting) -> None:
        self._context = context
        self._preparations = preparations
        self._posting = posting
        self._obstacles = Obstacles()
        self._outage = Outage(SystemRandom())
        self._unsent_jobs = UnsentJobs(context)
        self._person_hold = PersonHold(context)
        self._is_preparing = False
        self._waiting: Set[str] = frozenset()
        self._first: Job | None = None

    async def run(self) -> None:
        """Send waiting jobs until cancelled."""
        account = self._context.account.id
        with self._context.notifier.subscribe(f"account:{account}", unsent(account)) as subscription:
            while True:
                pause = await self.send_next(subscription)
                if pause is not None or not self._waiting:
                    await self._pause(subscription, pause or Pause(self._context.timing.look_again_s))

    async def send_next(self, subscription: Subscription) -> Pause | None:
        """Send the next job that may be sent and return None, or return how long to pause.

        A job is claimed only right before its POST: until then a cancellation loses nothing.
        """
        subscription.payloads()
        payloads: Sequence[object] = ()
        while (pause := await self._look_and_send(payloads)) is not None and self._is_preparing:
            await subscription.wait(pause.seconds)
            payloads = subscription.payloads()
        return pause

    def sender_state(self) -> SenderState:
        """Return the state of the waiting jobs that is not in the database."""
        return SenderState(
            now_ms=self._context.clock.now_ms(),
            pace_s=self._context.timing.pace_s,
            expected_ms=self._context.timing.expected_ms,
            ready=self._preparations.ready,
            under_way=self._preparations.under_way,
            room=self._preparations.room,
            left_alone=self._obstacles.left_ms(self._context.clock.monotonic_ms()),
            reasons=self._obstacles.reasons,
            quiet_ms=self._outage.left_ms(self._context.clock.monotonic_ms()),
            is_one_by_one=self._outage.lasts,
        )

    def begin_anew(self) -> None:
        """End the backoff of Discord's REST API, because there is a new session."""
        self._outage.end()

    async def _pause(self, subscription: Subscription, pause: Pause) -> None:
        """Pause until a relevant notification: while no job is waiting, none can be freed."""
        until_ms = self._context.clock.monotonic_ms() + pause.seconds * 1000
        while (left_ms := until_ms - self._context.clock.monotonic_ms()) > 0 and await subscription.wait(
            left_ms / 1000
        ):
            if self._waiting or not all(isinstance(one, Freed) for one in subscription.payloads()):
                break

    async def _look_and_send(self, payloads: Sequence[object]) -> Pause | None:
        """Query and send, considering the notifications since the last query."""
        self._is_preparing = False
        await self._unsent_jobs.fail_if_unusable()
        await self._person_hold.store()
        if not self._context.condition().is_connected:
            return Pause(self._context.timing.look_again_s)
        await self._meet_obstacles()
        turn = await self._choose(payloads)
        prepared = await self._prepare(turn)
        if turn.post is not None and prepared is not None:
            if await self._posting.run(turn.post.id, prepared):
                self._waiting -= {turn.post.id}
            return None
        waits_ms = turn.waits_ms if turn.post is None else ()
        return Pause(
            min([self._context.timing.look_again_s, *(max(1, wait_ms) / 1000 for wait_ms in waits_ms)])
        )

    async def _choose(self, payloads: Sequence[object]) -> Turn:
        """Choose what to send next and start preparing jobs.

        If the only notification is that the first job is ready, send it without another query.
        """
        self._preparations.drop_stale(self._context.session.is_current)
        first, self._first = self._first, None
        if first is not None and list(payloads) == [first.id] and first.id in self._preparations.ready:
            return Turn(self._waiting, post=first)
        known = self.sender_state()
        turn = await self._context.database.read(
            lambda tx: next_turn(tx, self._context.account.id, self._context.profile, known)
        )
        self._waiting, self._first = turn.waiting, turn.first
        self._preparations.keep_only(turn.waiting)
        self._obstacles.keep_only(turn.waiting)
        for job in turn.prepare:
            self._preparations.begin(job)
        self._is_preparing = bool(known.under_way or turn.prepare)
        return turn

    async def _prepare(self, turn: Turn) -> Prepared | None:
        """Return the prepared interaction; a modal needs no look-up, and is prepared here."""
        if turn.post is None or turn.submit is None:
            return self._preparations.of(turn.post.id) if turn.post is not None else None
        prepared = await self._context.session.prepare(turn.submit)
        if isinstance(prepared, NotSent):
            await self._meet(turn.post.id, not_prepared(prepared))
            return None
        return prepared

    async def _meet_obstacles(self) -> None:
        if (newest_ms := self._preparations.newest_ms) is not None:
            self._outage.has_worked(newest_ms)
        for job_id, obstacle in self._preparations.take_obstacles().items():
            await self._meet(job_id, obstacle)

    async def _meet(self, job_id: str, obstacle: Obstacle) -> None:
        if obstacle.is_outage:
            self._outage.has_failed(self._context.clock.monotonic_ms())
        if failure := self._obstacles.met(job_id, obstacle, self._context.clock.monotonic_ms()):
            await self._unsent_jobs.fail([job_id], failure)
