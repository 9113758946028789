"""What Discord's answer to a POST means for the job: one branch per answer of the session port."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from bridge.flows.send.next_job import RETRY_LIMIT_MS
from bridge.flows.step import Moved, Now, take_step
from bridge.jobs.given_up import ANSWERED_429, given_up
from bridge.jobs.job import Cause, Failure, Job
from bridge.jobs.signals import Acknowledged, Failed, GivenUp, Returned, Signal
from bridge.jobs.texts import CANNOT_BE_SENT, needs_attention, rejected
from bridge.sessions.port import NotSent, Rejected, Taken, Throttled, Unknown
from bridge.store.database import Tx
from bridge.store.rows import interactions, jobs

Answer: TypeAlias = Taken | NotSent | Rejected | Unknown
"""Every answer but a 429, which is believed only a little later (`apply_429`)."""
STALE_TRIES: Final = 1
"""How often an outdated command is looked up again and sent once more."""


def apply_answer(
    tx: Tx, job_id: str, nonce: str, sent: Answer, reason: str | None, now: Now
) -> Sequence[Moved]:
    """Store the answer and advance the job; `reason` explains the session's condition.

    A proof that nothing ran may be stored twice: the job does not advance if another POST has begun since.
    """
    job = jobs.by_id(tx, job_id)
    if job is None:
        return []
    answer = type(sent).__name__.lower()
    if isinstance(sent, NotSent | Rejected):
        interactions.void(tx, nonce, answer, now.ms)
        if interactions.has_another(tx, nonce):
            return []
    else:
        interactions.answered(tx, nonce, answer, now.ms)
    signal = _signal(tx, job, nonce, sent, reason, now)
    after = take_step(tx, job, signal, now) if signal else None
    return [after] if after else []


def apply_429(tx: Tx, claimed: Job, nonce: str, throttled: Throttled, now: Now) -> Sequence[Moved]:
    """Give a job up after a 429, unless it has advanced since it was claimed: then it ran after all."""
    interactions.answered(tx, nonce, "throttled", now.ms)
    job = jobs.by_id(tx, claimed.id)
    if job is None:
        return []
    ran = interactions.is_acknowledged(tx, nonce) or job.state is not claimed.state
    after = take_step(tx, job, Acknowledged() if ran else _throttled(throttled), now)
    return [after] if after else []


def take_back(tx: Tx, job_id: str, *, nonce: str, account: int, kind: str, now: Now) -> Sequence[Moved]:
    """Void a POST that was not made, whether or not its claim is stored, so that the job is sent again."""
    job = jobs.by_id(tx, job_id)
    if job is None:
        return []
    interactions.never_made(tx, nonce=nonce, job=job_id, account=account, kind=kind, now_ms=now.ms)
    if interactions.is_begun(tx, job_id, "run"):
        return []
    after = take_step(tx, job, Returned(), now)
    return [after] if after else []


def _throttled(throttled: Throttled) -> GivenUp:
    return given_up(ANSWERED_429, retry_after_s=throttled.retry_after_s, body=throttled.body)


def _signal(tx: Tx, job: Job, nonce: str, sent: Answer, reason: str | None, now: Now) -> Signal | None:
    match sent:
        case Taken():
            return Acknowledged()
        case Rejected(is_stale=True) if interactions.tries(tx, nonce) < 1 + STALE_TRIES:
            return Returned()
        case Rejected(is_account=True, body=body):
            return Failed(Failure(Cause.ACCOUNT, needs_attention(job.channel), reason or body))
        case Rejected(status=status, body=body):
            return Failed(Failure(Cause.REJECTED, rejected(status), body))
        case NotSent() if interactions.never_left(tx, [job.id], now.ms)[job.id].tried_ms <= RETRY_LIMIT_MS:
            return Returned()
        case NotSent(reason=why):
            return Failed(Failure(Cause.NOT_SENDABLE, CANNOT_BE_SENT, why))
        case Unknown():
            return None
