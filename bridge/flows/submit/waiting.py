"""Why an unsent job waits, and until when if known; by the same rules that choose the next job."""

from dataclasses import dataclass
from typing import Protocol

import structlog

from bridge.accounts.condition import Condition
from bridge.flows.send.next_job import (
    SenderState,
    Wait,
    WaitReason,
    in_sending_order,
    next_post_at_ms,
    queue_of,
)
from bridge.jobs.job import Job, State
from bridge.pixverse.profile import Profile
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import accounts, interactions

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
    """Finds what jobs wait for."""

    database: Database
    running_accounts: AccountQueues
    profile: Profile

    async def of(self, job: Job) -> Wait | None:
        """Return what a job waits for, None if it does not wait; only a waiting job needs a read.

        It is part of the answer for an accepted job: if it cannot be read, the answer is sent without it.
        """
        if job.state is not State.WAITING:
            return None
        condition, state = (
            self.running_accounts.condition(job.account),
            self.running_accounts.sender_state(job.account),
        )
        if condition is None or state is None:
            return Wait(WaitReason.ACCOUNT)
        if not condition.is_connected:
            return Wait(WaitReason.ACCOUNT, condition.reason)
        try:
            return await self.database.query(lambda tx: wait_of(tx, job, self.profile, state))
        except StoreUnavailable as error:
            log.warning("wait_was_not_read", job_id=job.id, reason=str(error))
        except Exception:
            log.exception("wait_was_not_read", job_id=job.id)
        return None


def wait_of(tx: Tx, job: Job, profile: Profile, state: SenderState) -> Wait | None:
    """Return what a job of a connected account waits for, None if it is sent next or already sent."""
    queue = queue_of(tx, job.account, profile, state)
    if job.id not in {each.id for each in queue.unsent}:
        return None
    held_until_ms = accounts.held_until_ms(tx, job.account, state.now_ms)
    if held_until_ms > state.now_ms:
        return Wait(WaitReason.RATE_LIMIT, until_ms=held_until_ms)
    first: Job | None = None
    for each, wait in in_sending_order(queue, state):
        if each.id == job.id:
            return wait or _its_turn(tx, job, first, state)
        if wait is None and first is None:
            first = each
    return None


def _its_turn(tx: Tx, job: Job, first: Job | None, state: SenderState) -> Wait | None:
    """Return what a sendable job waits for: an earlier job, the pace, or nothing."""
    if first is not None:
        return Wait(WaitReason.EARLIER_JOB, job_id=first.id)
    next_ms = next_post_at_ms(interactions.last_sent_ms(tx, job.account, state.now_ms), state.pace_s)
    if next_ms > state.now_ms:
        return Wait(WaitReason.PACE, until_ms=next_ms)
    return Wait(WaitReason.PREPARATION) if job.id not in state.ready else None
