"""Why a job that has not been sent waits, and until when if that is known: by the rules of sending."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import structlog

from bridge.accounts.condition import Condition
from bridge.flows.queue import Known, left_alone_ms, unprepared_ms, with_look_alikes
from bridge.flows.readiness import paced_ms
from bridge.jobs.job import Job, State
from bridge.matching.matcher import LATE_MS
from bridge.pixverse.profile import Profile
from bridge.store import accounts, interactions, jobs
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.uploads import of_job

log = structlog.get_logger(__name__)


class Reason(StrEnum):
    """What a job waits for (docs/api.md)."""

    ACCOUNT = "account"
    RATE_LIMIT = "rate_limit"
    LOOK_ALIKE = "look_alike"
    RETRY = "retry"
    PREPARATION = "preparation"
    EARLIER_JOB = "earlier_job"
    PACE = "pace"


@dataclass(frozen=True, slots=True)
class Wait:
    """What a job waits for; `job_id` is the other job, `until_ms` when the wait is over at the latest."""

    reason: Reason
    details: str | None = None
    job_id: str | None = None
    until_ms: int | None = None


class Crew(Protocol):
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
    crew: Crew
    profile: Profile

    async def of(self, job: Job) -> Wait | None:
        """Return what a job waits for, None when it does not wait; only one that waits costs a look.

        It goes with the answer of a job that is accepted: whatever hides it, the answer comes without it.
        """
        if job.state is not State.WAITING:
            return None
        condition, known = self.crew.condition(job.account), self.crew.known(job.account)
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
    waiting = jobs.waiting_of(tx, job.account)
    if job.id not in {each.id for each in waiting}:
        return None
    held_ms = accounts.held_until_ms(tx, job.account, known.now_ms)
    if held_ms > known.now_ms:
        return Wait(Reason.RATE_LIMIT, until_ms=held_ms)
    in_line = with_look_alikes(tx, job.account, profile, known.now_ms, waiting)
    return _in_line(tx, job, in_line, known)


def _in_line(tx: Tx, job: Job, in_line: Iterator[tuple[Job, Job | None]], known: Known) -> Wait | None:
    """Walk along the line as the dispatch does, up to the job."""
    earlier: Job | None = None
    for each, look_alike in in_line:
        if each.id == job.id:
            return _its_own(tx, job, look_alike, known) or _its_turn(tx, job, earlier, known)
        if earlier is None and look_alike is None and _keeps_its_place(tx, each, known):
            earlier = each
    return None


def _its_own(tx: Tx, job: Job, look_alike: Job | None, known: Known) -> Wait | None:
    """Return what a job waits for whoever is before it."""
    if look_alike is not None:
        over_ms = None if look_alike.ended_ms is None else look_alike.ended_ms + LATE_MS
        return Wait(Reason.LOOK_ALIKE, job_id=look_alike.id, until_ms=over_ms)
    if (left_ms := max(left_alone_ms(tx, job.id, known), unprepared_ms(job, known))) > 0:
        return Wait(Reason.RETRY, known.reasons.get(job.id), until_ms=known.now_ms + left_ms)
    if of_job(job) and job.id not in known.ready:
        return Wait(Reason.PREPARATION)
    return None


def _its_turn(tx: Tx, job: Job, earlier: Job | None, known: Known) -> Wait | None:
    """Return what a job waits for that could be sent: another that goes first, or the pace, or nothing."""
    if earlier is not None:
        return Wait(Reason.EARLIER_JOB, job_id=earlier.id)
    next_ms = paced_ms(interactions.last_sent_ms(tx, job.account, known.now_ms), known.pace_s)
    if next_ms > known.now_ms:
        return Wait(Reason.PACE, until_ms=next_ms)
    return Wait(Reason.PREPARATION) if job.id not in known.ready else None


def _keeps_its_place(tx: Tx, job: Job, known: Known) -> bool:
    """Tell whether a job goes before those behind it: what is left alone or being uploaded lets them pass."""
    is_passed = bool(of_job(job)) and job.id not in known.ready
    return not is_passed and left_alone_ms(tx, job.id, known) <= 0
