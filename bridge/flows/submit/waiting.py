"""Why a job that has not been sent waits, and until when if that is known: by the rules of sending."""

from dataclasses import dataclass
from typing import Protocol

import structlog

from bridge.accounts.condition import Condition
from bridge.flows.send.next_job import Known, Reason, Wait, in_line, line_of, paced_ms
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

    def known(self, account: int) -> Known | None:
        """Return what the database does not say of an account's waiting jobs, None while it does not run."""
        ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """Tells what jobs wait for."""

    database: Database
    running_accounts: AccountQueues
    profile: Profile

    async def of(self, job: Job) -> Wait | None:
        """Return what a job waits for, None when it does not wait; only one that waits costs a look.

        It goes with the answer of a job that is accepted: whatever hides it, the answer comes without it.
        """
        if job.state is not State.WAITING:
            return None
        condition, known = (
            self.running_accounts.condition(job.account),
            self.running_accounts.known(job.account),
        )
        if condition is None or known is None:
            return Wait(Reason.ACCOUNT)
        if not condition.is_connected:
            return Wait(Reason.ACCOUNT, condition.reason)
        try:
            return await self.database.query(lambda tx: wait_of(tx, job, self.profile, known))
        except StoreUnavailable as error:
            log.warning("wait_was_not_read", job_id=job.id, reason=str(error))
        except Exception:
            log.exception("wait_was_not_read", job_id=job.id)
        return None


def wait_of(tx: Tx, job: Job, profile: Profile, known: Known) -> Wait | None:
    """Return what a job of a connected account waits for, None when it is sent next, or is sent already."""
    line = line_of(tx, job.account, profile, known)
    if job.id not in {each.id for each in line.unsent}:
        return None
    held_ms = accounts.held_until_ms(tx, job.account, known.now_ms)
    if held_ms > known.now_ms:
        return Wait(Reason.RATE_LIMIT, until_ms=held_ms)
    first: Job | None = None
    for each, wait in in_line(line, known):
        if each.id == job.id:
            return wait or _its_turn(tx, job, first, known)
        if wait is None and first is None:
            first = each
    return None


def _its_turn(tx: Tx, job: Job, first: Job | None, known: Known) -> Wait | None:
    """Return what a job waits for that could be sent: another that goes first, or the pace, or nothing."""
    if first is not None:
        return Wait(Reason.EARLIER_JOB, job_id=first.id)
    next_ms = paced_ms(interactions.last_sent_ms(tx, job.account, known.now_ms), known.pace_s)
    if next_ms > known.now_ms:
        return Wait(Reason.PACE, until_ms=next_ms)
    return Wait(Reason.PREPARATION) if job.id not in known.ready else None
