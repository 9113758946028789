"""Why an unsent job waits, and until when if known; by the same rules that choose the next job."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from bridge.accounts.condition import Condition
from bridge.flows.send.next_job import (
    SenderState,
    Wait,
    WaitReason,
    in_sending_order,
    next_post_at_ms,
    pace_of,
    queue_of,
)
from bridge.jobs.job import Job, State
from bridge.pixverse.profile import Profile
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import accounts, guard_rails, interactions, queue

log = structlog.get_logger(__name__)


class AccountQueues(Protocol):
    """The accounts that are running."""

    def condition(self, account: int) -> Condition | None:
        """Return an account's condition, None while it is not running."""
        ...

    def sender_state(self, account: int) -> SenderState | None:
        """Return the in-memory state of an account's sender, None if it is not running."""
        ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """Finds what jobs wait for. `queue_limit_ms`: how long a job may wait in the queue; 0: for ever."""

    database: Database
    running_accounts: AccountQueues
    profile: Profile
    queue_limit_ms: int = 0

    async def of(self, job: Job) -> Wait | None:
        """Return what a job waits for, None if it does not wait; only a waiting job needs a read.

        It is part of the answer for an accepted job: if it cannot be read, the answer is sent without it.
        """
        if job.state is State.QUEUED:
            return await self._read(job, lambda tx: self._in_queue(tx, job))
        if job.state is not State.WAITING or job.account is None:
            return None
        account = job.account
        condition = self.running_accounts.condition(account)
        state = self.running_accounts.sender_state(account)
        if condition is None or state is None:
            return Wait(WaitReason.ACCOUNT)
        if not condition.is_connected:
            return Wait(WaitReason.ACCOUNT, condition.reason)
        return await self._read(job, lambda tx: wait_of(tx, job, account, self.profile, state))

    def _in_queue(self, tx: Tx, job: Job) -> Wait | None:
        """Return the place of a job in the queue, None if it has been given an account meanwhile."""
        position = queue.position(tx, job.id)
        if position is None:
            return None
        until_ms = job.created_ms + self.queue_limit_ms if self.queue_limit_ms else None
        return Wait(WaitReason.QUEUE, until_ms=until_ms, position=position)

    async def _read(self, job: Job, look: Callable[[Tx], Wait | None]) -> Wait | None:
        try:
            return await self.database.query(look)
        except StoreUnavailable as error:
            log.warning("wait_was_not_read", job_id=job.id, reason=str(error))
        except Exception:
            log.exception("wait_was_not_read", job_id=job.id)
        return None


def wait_of(tx: Tx, job: Job, account: int, profile: Profile, state: SenderState) -> Wait | None:
    """Return what a job of a connected account waits for, None if it is sent next or already sent."""
    unsent = queue_of(tx, account, profile, state)
    if job.id not in {each.id for each in unsent.unsent}:
        return None
    held_until_ms = accounts.held_until_ms(tx, account, state.now_ms)
    if held_until_ms > state.now_ms:
        return Wait(WaitReason.RATE_LIMIT, until_ms=held_until_ms)
    rails = guard_rails.of_account(tx, account)
    if quiet_until_ms := rails.quiet_until_ms(state.now_ms):
        return Wait(WaitReason.QUIET_HOURS, until_ms=quiet_until_ms)
    state = replace(state, pace_s=pace_of(rails, state))
    first: Job | None = None
    for each, wait in in_sending_order(unsent, state):
        if each.id == job.id:
            return wait or _its_turn(tx, job, account, first, state)
        if wait is None and first is None:
            first = each
    return None


def _its_turn(tx: Tx, job: Job, account: int, first: Job | None, state: SenderState) -> Wait | None:
    """Return what a sendable job waits for: an earlier job, the pace, or nothing."""
    if first is not None:
        return Wait(WaitReason.EARLIER_JOB, job_id=first.id)
    next_ms = next_post_at_ms(interactions.last_sent_ms(tx, account, state.now_ms), state.pace_s)
    if next_ms > state.now_ms:
        return Wait(WaitReason.PACE, until_ms=next_ms)
    return Wait(WaitReason.PREPARATION) if job.id not in state.ready else None
