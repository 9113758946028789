"""What waits is sent: in order, paced, once. The interaction is stored before its POST leaves."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.accounts.account import Account
from bridge.accounts.condition import Condition
from bridge.chat import DISCORD_EPOCH_MS, Interaction
from bridge.flows.outcome import settle
from bridge.flows.queue import next_waiting
from bridge.flows.step import Now, ring_for, take_step
from bridge.jobs.job import Cause, Failure, Job, State
from bridge.jobs.signals import Acknowledged, Claimed, Doubted, Failed
from bridge.pixverse.profile import Profile
from bridge.pixverse.wording import slash_command
from bridge.ports import Bells, Clock
from bridge.sessions.port import Session, Throttled
from bridge.store import accounts, interactions, jobs
from bridge.store.database import Database, Tx

log = structlog.get_logger(__name__)

PROOF_S: Final = 1.0
"""How long the gateway is given to prove that an interaction ran although Discord answered 429."""
LOOK_AGAIN_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing can be sent for so long, or until the account's bell rings."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """A job that is being sent, and the nonce of its POST."""

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
    profile: Profile
    pace_s: float
    now: Callable[[], Now]

    async def next(self) -> Pause | None:
        """Send the next job that may be sent; return how long to pause, or None to go on at once."""
        condition = self.session.condition
        if condition.is_unusable:
            await self._fail_waiting(condition)
        if not condition.is_connected:
            return Pause(LOOK_AGAIN_S)
        claimed = await self.database.write(self._claimed)
        if not isinstance(claimed, Attempt):
            return claimed
        await self._send(claimed)
        return None

    def _claimed(self, tx: Tx) -> Attempt | Pause:
        """Store the interaction with its nonce: from here on the job is never sent by anyone else."""
        job = next_waiting(tx, self.account.id, self.profile)
        if job is None:
            return Pause(LOOK_AGAIN_S)
        wait_ms = self._ready_ms(tx, job) - self.clock.now_ms()
        if wait_ms > 0:
            return Pause(wait_ms / 1000)
        attempt = Attempt(job, self._new_nonce(), slash_command(job.command, self.profile, {}))
        interactions.begin(
            tx,
            nonce=attempt.nonce,
            job=job.id,
            account=self.account.id,
            kind="run",
            sender=self.session.user_id,
            now_ms=self.clock.now_ms(),
        )
        take_step(tx, job, Claimed(), self.now())
        return attempt

    def _ready_ms(self, tx: Tx, job: Job) -> int:
        """Return when the job may be sent: after the account's pace, Discord's wish and its own retry."""
        stored = tx.one("SELECT hold_until_ms FROM accounts WHERE id = :id", id=self.account.id)
        hold_ms: int = stored["hold_until_ms"] if stored else 0
        paced_ms = interactions.last_sent_ms(tx, self.account.id) + round(self.pace_s * 1000)
        return max(hold_ms, paced_ms, interactions.retry_ms(tx, job.id))

    async def _send(self, attempt: Attempt) -> None:
        sent = await self.session.send(attempt.interaction, attempt.nonce)
        log.info("interaction_sent", job_id=attempt.job.id, nonce=attempt.nonce, answer=type(sent).__name__)
        if isinstance(sent, Throttled):
            await self._hold(attempt, sent)
            return
        reason = self.session.condition.reason
        moved = await self.database.write(
            lambda tx: settle(tx, attempt.job.id, attempt.nonce, sent, reason, self.now())
        )
        ring_for(self.bells, moved)

    async def _hold(self, attempt: Attempt, throttled: Throttled) -> None:
        """Keep silent as Discord asks, and believe the 429 only after the gateway had time to disprove it."""
        until_ms = self.clock.now_ms() + round(throttled.retry_after_s * 1000)
        await self.database.write(lambda tx: accounts.hold(tx, self.account.id, until_ms))
        with self.bells.listen(f"job:{attempt.job.id}") as ear:
            if not await self._is_acknowledged(attempt):
                await ear.wait(PROOF_S)
        moved = await self.database.write(lambda tx: _believed(tx, attempt, throttled, self.now()))
        ring_for(self.bells, moved)

    async def _is_acknowledged(self, attempt: Attempt) -> bool:
        return await self.database.read(lambda tx: interactions.is_acknowledged(tx, attempt.nonce))

    async def _fail_waiting(self, condition: Condition) -> None:
        """End what has not been sent: a person has to act on the account first."""
        error = f"Account {self.account.channel} needs attention"
        signal = Failed(Failure(Cause.ACCOUNT, error, condition.reason))

        def fail(tx: Tx) -> list[Job]:
            waiting = [job for job in jobs.open_of(tx, self.account.id) if job.state is State.WAITING]
            return [after for job in waiting if (after := take_step(tx, job, signal, self.now()))]

        ring_for(self.bells, await self.database.write(fail))

    def _new_nonce(self) -> str:
        """Return a nonce in the form of a snowflake; the table's key keeps it unique across restarts."""
        return str((self.clock.now_ms() - DISCORD_EPOCH_MS) << 22 | secrets.randbits(22))


def _believed(tx: Tx, attempt: Attempt, throttled: Throttled, now: Now) -> list[Job]:
    interactions.answered(tx, attempt.nonce, "throttled", now.ms)
    job = jobs.by_id(tx, attempt.job.id)
    if job is None:
        return []
    failure = Failure(
        Cause.THROTTLED,
        "Discord /interactions failed with HTTP status 429",
        throttled.body,
        throttled.retry_after_s,
    )
    ran = interactions.is_acknowledged(tx, attempt.nonce) or job.state is not State.SENDING
    after = take_step(tx, job, Acknowledged() if ran else Doubted(failure), now)
    return [after] if after else []
