"""What waits is sent: in order, paced, once. The interaction is stored before its POST leaves."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import structlog

from bridge.accounts.account import Account
from bridge.accounts.condition import Condition
from bridge.chat import DISCORD_EPOCH_MS, Interaction
from bridge.flows.modal import waiting_modals
from bridge.flows.obstacles import Obstacles
from bridge.flows.outcome import settle, settle_throttled
from bridge.flows.prepare import Obstacle, Prepare
from bridge.flows.queue import next_waiting
from bridge.flows.readiness import end_hold, ready_ms, retry_ms
from bridge.flows.step import Now, ring_for, take_step
from bridge.jobs.job import UNSENT, Cause, Failure, Job, State
from bridge.jobs.signals import Claimed, Failed
from bridge.jobs.texts import needs_attention
from bridge.ports import Bells, Clock
from bridge.sessions.port import Session, Throttled
from bridge.store import accounts, interactions, jobs
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.uploads import Uploads, of_job

log = structlog.get_logger(__name__)

PROOF_S: Final = 1.0
"""How long the gateway is given to prove that an interaction ran although Discord answered 429."""
LOOK_AGAIN_S: Final = 30.0
CLAIMING: Final = ""
"""Stands for the job of a modal while it is being claimed."""
AFTER_ERROR_S: Final = 1.0
LONGEST_HOLD_S: Final = 86_400.0
"""The longest silence that Discord is believed to want."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing can be sent for so long, or until the account's bell rings."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """A job as it is while it is being sent, and the nonce of its POST."""

    job: Job
    nonce: str
    interaction: Interaction


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Sends what waits on one account. `pace_s` is the least time between two sends."""

    account: Account
    database: Database
    bells: Bells
    clock: Clock
    session: Session
    prepare: Prepare
    uploads: Uploads
    pace_s: float
    now: Callable[[], Now]
    _obstacles: Obstacles = field(default_factory=Obstacles)
    _under_way: list[str] = field(default_factory=list)

    @property
    def sending(self) -> str | None:
        """The job whose claim or send is under way: a stop lets it come to its end."""
        return self._under_way[0] if self._under_way else None

    async def next(self) -> Pause | None:
        """Send the next job that may be sent; return how long to pause, or None to go on at once."""
        condition = self.session.condition
        if condition.is_unusable:
            await self._fail_waiting(condition)
        if not condition.is_connected:
            return Pause(LOOK_AGAIN_S)
        try:
            attempt = await self._claimed_attempt()
            if not isinstance(attempt, Attempt):
                return attempt
            await self._send(attempt)
            return None
        finally:
            self._under_way.clear()

    async def _claimed_attempt(self) -> Attempt | Pause | None:
        """Claim what may be sent now, modals first; else pause until the earliest of what waits."""
        self._under_way.append(CLAIMING)
        modal = await self.database.write(self._claimed_modal)
        self._under_way[:] = [modal.job.id] if isinstance(modal, Attempt) else []
        if isinstance(modal, Attempt):
            return modal
        job = await self._claimed_job()
        return Pause(min(job.seconds, modal.seconds)) if isinstance(job, Pause) else job

    def _claimed_modal(self, tx: Tx) -> Attempt | Pause:
        wait_ms = round(LOOK_AGAIN_S * 1000)
        for job, submit in waiting_modals(tx, self.account.id):
            its_ms = self._wait_ms(tx, job)
            if its_ms <= 0:
                return self._begun(tx, job, "modal", submit)
            wait_ms = min(wait_ms, its_ms)
        return Pause(wait_ms / 1000)

    async def _claimed_job(self) -> Attempt | Pause | None:
        """Claim the next job that may be sent; None when it is another's turn by now."""
        job = await self.database.read(self._next_job)
        if not isinstance(job, Job):
            return job
        prepared = await self._prepared(job)
        if isinstance(prepared, Obstacle):
            if failure := self._obstacles.met(job.id, prepared, self.clock.monotonic_ms()):
                await self._fail([job.id], failure)
            return None
        self._obstacles.passed(job.id)
        self._under_way.append(job.id)
        return await self.database.write(lambda tx: self._claimed(tx, job, prepared))

    async def _prepared(self, job: Job) -> Interaction | Obstacle:
        """Prepare a job; a defect that one job brings to light must not stop the others for ever."""
        try:
            return await self.prepare.interaction(job)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("job_was_not_prepared", job_id=job.id)
            return Obstacle(f"It could not be prepared: {type(error).__name__}", is_defect=True)

    def _next_job(self, tx: Tx) -> Job | Pause:
        """Return the next job that may be sent; one that has to wait by itself holds up none behind it."""
        now_ms, monotonic_ms = self.clock.now_ms(), self.clock.monotonic_ms()
        left_ms = [round(LOOK_AGAIN_S * 1000)]

        def is_ready(job: Job) -> bool:
            its_ms = max(self._obstacles.left_ms(job.id, monotonic_ms), retry_ms(tx, job.id, now_ms) - now_ms)
            left_ms.append(max(1, its_ms))
            return its_ms <= 0

        job = next_waiting(tx, self.account.id, self.prepare.profile, now_ms, is_ready)
        if job is None:
            return Pause(min(left_ms) / 1000)
        wait_ms = self._wait_ms(tx, job)
        return Pause(wait_ms / 1000) if wait_ms > 0 else job

    def _wait_ms(self, tx: Tx, job: Job) -> int:
        now_ms = self.clock.now_ms()
        return ready_ms(tx, self.account.id, job.id, self.pace_s, now_ms) - now_ms

    def _claimed(self, tx: Tx, job: Job, interaction: Interaction) -> Attempt | None:
        current = jobs.by_id(tx, job.id)
        if current is None or current.state is not State.WAITING or current.account != self.account.id:
            return None
        return self._begun(tx, current, "run", interaction)

    def _begun(self, tx: Tx, job: Job, kind: str, interaction: Interaction) -> Attempt:
        """Store the interaction with its nonce: from here on nobody else ever sends it."""
        nonce = self._new_nonce()
        end_hold(tx, self.account.id)
        interactions.begin(
            tx,
            nonce=nonce,
            job=job.id,
            account=self.account.id,
            kind=kind,
            sender=self.session.user_id,
            now_ms=self.clock.now_ms(),
        )
        return Attempt(take_step(tx, job, Claimed(), self.now()) or job, nonce, interaction)

    async def _send(self, attempt: Attempt) -> None:
        sent = await self.session.send(attempt.interaction, attempt.nonce)
        log.info("interaction_sent", job_id=attempt.job.id, nonce=attempt.nonce, answer=type(sent).__name__)
        if isinstance(sent, Throttled):
            await self._hold(attempt, sent)
            return
        reason, now = self.session.condition.reason, self.now()
        moved = await self._kept(lambda tx: settle(tx, attempt.job.id, attempt.nonce, sent, reason, now))
        self._drop_uploads(moved)
        ring_for(self.bells, moved)

    async def _kept(self, body: Callable[[Tx], Value]) -> Value:
        """Write what Discord has answered, however long the disk is full: nobody else will ever know it."""
        while True:
            try:
                return await self.database.write(body)
            except StoreUnavailable as error:
                log.warning("answer_is_waiting", account=self.account.id, reason=str(error))
                await self.clock.sleep(AFTER_ERROR_S)

    async def _hold(self, attempt: Attempt, throttled: Throttled) -> None:
        """Keep silent as Discord asks, and believe the 429 only after the gateway had time to disprove it."""
        wait_s = min(max(0.0, throttled.retry_after_s), LONGEST_HOLD_S)
        until_ms = self.clock.now_ms() + round(wait_s * 1000)
        hold = accounts.hold_person if throttled.is_global else accounts.hold
        await self._kept(lambda tx: hold(tx, self.account.id, until_ms))
        with self.bells.listen(f"job:{attempt.job.id}") as ear:
            if not await self._kept(lambda tx: interactions.is_acknowledged(tx, attempt.nonce)):
                await ear.wait(PROOF_S)
        moved = await self._kept(
            lambda tx: settle_throttled(tx, attempt.job, attempt.nonce, throttled, self.now())
        )
        self._drop_uploads(moved)
        ring_for(self.bells, moved)

    def _drop_uploads(self, moved: Sequence[Job]) -> None:
        """Let go of bytes whose send is confirmed or over."""
        for job in moved:
            for upload in of_job(job) if job.state not in UNSENT else ():
                self.uploads.drop(upload.key)

    async def _fail_waiting(self, condition: Condition) -> None:
        """End what has not been sent: a person has to act on the account first."""
        open_jobs = await self.database.read(lambda tx: jobs.open_of(tx, self.account.id))
        waiting = [job.id for job in open_jobs if job.state is State.WAITING]
        text = needs_attention(self.account.channel)
        await self._fail(waiting, Failure(Cause.ACCOUNT, text, condition.reason))

    async def _fail(self, job_ids: Sequence[str], failure: Failure) -> None:
        def fail(tx: Tx) -> list[Job]:
            found = [job for job_id in job_ids if (job := jobs.by_id(tx, job_id))]
            waiting = [job for job in found if job.state is State.WAITING]
            return [after for job in waiting if (after := take_step(tx, job, Failed(failure), self.now()))]

        moved = await self.database.write(fail) if job_ids else []
        self._drop_uploads(moved)
        ring_for(self.bells, moved)

    def _new_nonce(self) -> str:
        """Return a nonce in the form of a snowflake; the table's key keeps it unique across restarts."""
        return str((self.clock.now_ms() - DISCORD_EPOCH_MS) << 22 | secrets.randbits(22))
