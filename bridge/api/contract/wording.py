"""The answers to a submit by state and cause of the job, in one table."""

import math
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from bridge.access.quotas import jobs_spent
from bridge.accounts.slots import Full, Guarded, Held, NotLabelled, Paused
from bridge.api.contract.fields import INCOMPLETE
from bridge.api.contract.views import encode
from bridge.api.http.answers import Refusal, raw_json
from bridge.api.http.form_data import file_too_large
from bridge.api.http.rate_limits import over_quota
from bridge.flows.places import NotAvailable
from bridge.flows.send.next_job import Wait
from bridge.flows.submit.draft import QuotaUsed
from bridge.flows.submit.not_connected import NotConnected
from bridge.flows.submit.submit import (
    Accepted,
    FileTooLarge,
    NoRoom,
    NotConfigured,
    Refused,
    Submitted,
)
from bridge.jobs.job import Cause, Failure, Job
from bridge.jobs.texts import THROTTLED, not_available

TRY_AGAIN: Final = frozenset({429, 503})
"""Statuses after which a client repeats the request: no answer is stored and no callback sent."""
FULL_RETRY_S: Final = 10
CONNECT_RETRY_S: Final = 10
PASSING_RETRY_S: Final = 60
NO_ACCOUNT: Final = (
    "No account is configured: give discord, server and channel, or POST one to pixverse/account/<channel>"
)
RESUME: Final = "It takes no new jobs until you resume it: POST paused=false to pixverse/account/<channel>"
RESUME_ONE: Final = (
    "They take no new jobs until you resume one: POST paused=false to pixverse/account/<channel>"
)
DISCORDS_LIMIT: Final = (
    "It is Discord's limit for the connected accounts: Nitro or a server with more boosts raises it"
)
LABELS: Final = "Labels are set with POST labels=… to pixverse/account/<channel>, or in the configuration"
NO_ROOM: Final = "Repeat the request later, or POST the account to pixverse/account/<channel>"

STATUS_OF: Final[Mapping[Cause, int]] = {
    Cause.MODERATED: 422,
    Cause.THROTTLED: 429,
    Cause.BOT_BUSY: 429,
    Cause.ACCOUNT: 409,
    Cause.REJECTED: 502,
    Cause.NOT_SENDABLE: 502,
}
"""The answers for jobs that ended at once; every other end is a record with status 200."""


def submitted(outcome: Submitted, now_ms: int, wait: Wait | None = None) -> web.Response:
    """Return the answer to a submit; raises `Refusal`."""
    if isinstance(outcome, Accepted):
        return ended(outcome.job, wait)
    raise _refused(outcome, now_ms)


def _refused(outcome: Refused, now_ms: int) -> Refusal:
    match outcome:
        case Full() | Guarded():
            return _full(outcome, now_ms)
        case Held(until_ms=until_ms):
            return _throttled((until_ms - now_ms) / 1000)
        case FileTooLarge(name=name, most_bytes=most_bytes):
            return file_too_large(name, most_bytes, DISCORDS_LIMIT)
        case QuotaUsed(most=most):
            return over_quota(jobs_spent(most, now_ms))
        case NotConnected(details=details):
            headers = {"Retry-After": str(CONNECT_RETRY_S)}
            return Refusal(503, "No account is connected", details, headers=headers)
        case NoRoom():
            headers = {"Retry-After": str(PASSING_RETRY_S)}
            return Refusal(503, "Too many unlisted accounts are connected", NO_ROOM, headers=headers)
        case _:
            return _no_account(outcome)


def _no_account(outcome: NotAvailable | NotConfigured | NotLabelled | Paused) -> Refusal:
    match outcome:
        case NotAvailable(channel=channel):
            return unavailable(channel)
        case Paused(channel=channel):
            return paused(channel)
        case NotConfigured(channel=channel):
            return not_configured(channel) if channel else Refusal(400, INCOMPLETE, NO_ACCOUNT)
        case NotLabelled(labels=labels):
            return Refusal(400, f"No account has the labels {', '.join(labels)}", LABELS)


def _full(outcome: Full | Guarded, now_ms: int) -> Refusal:
    """Return the contract's 429, and in the details what it does not know: a full queue, a guard rail."""
    details, retry_s = None, float(FULL_RETRY_S)
    if isinstance(outcome, Guarded):
        details, retry_s = outcome.why, (outcome.opens_ms - now_ms) / 1000
    elif outcome.waiting is not None:
        details = f"The queue is full too: {outcome.waiting} jobs wait in it"
    return Refusal(
        429,
        f"Maximum of {outcome.max_jobs} jobs executing in parallel supported",
        details,
        extra={"executingJobs": list(outcome.executing)},
        headers={"Retry-After": _seconds(retry_s)},
    )


def ended(job: Job, wait: Wait | None = None) -> web.Response:
    """Return the answer for a job; raises `Refusal` for an end that is reported as an error."""
    if job.failure is None or job.failure.cause not in STATUS_OF:
        return raw_json(encode(job, wait))
    raise _ended(job, job.failure)


def _ended(job: Job, failure: Failure) -> Refusal:
    status = STATUS_OF[failure.cause]
    extra = {"jobid": job.id, "status": job.status}
    headers = {"Retry-After": _seconds(failure.retry_after_s)} if status == 429 else None
    if failure.cause is Cause.BOT_BUSY:
        return Refusal(status, THROTTLED, failure.error, extra=extra, headers=headers)
    return Refusal(status, failure.error, failure.details, extra=extra, headers=headers)


def _throttled(left_s: float) -> Refusal:
    body = f'{{"message":"You are being rate limited.","retry_after":{max(left_s, 0):.3f},"global":false}}'
    return Refusal(429, THROTTLED, body, headers={"Retry-After": _seconds(left_s)})


def _seconds(seconds: float | None) -> str:
    return str(max(1, math.ceil(FULL_RETRY_S if seconds is None else seconds)))


def not_configured(channel: str | None) -> Refusal:
    """Return the contract's 404 for a channel without an account, or for an empty list."""
    text = "Configuration not found. To create configuration use pixverse/account/"
    return Refusal(404, f"{text}{channel or 'channel'}")


def unavailable(channel: str) -> Refusal:
    """Return the refusal of a person who belongs to another tenant in a channel."""
    return Refusal(409, not_available(channel))


def paused(channel: str | None) -> Refusal:
    """Return the refusal of a submit to an account that takes no new jobs, or while none does."""
    if channel is None:
        return Refusal(409, "All accounts are paused", RESUME_ONE)
    return Refusal(409, f"Account {channel} is paused", RESUME)


def expired_job() -> Refusal:
    """Return the contract's 410 for a job that is no longer kept."""
    return Refusal(410, "Job has expired")


def unknown_job(job_id: str) -> Refusal:
    """Return the contract's 404 for a job."""
    return Refusal(404, f"Unable to locate job {job_id[:200]}")
