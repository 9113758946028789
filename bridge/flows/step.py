"""One step of a job, whole: the job, its event and the callback that it owes, in one transaction.

A job changes only here.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bridge.jobs.job import Job
from bridge.jobs.lifecycle import advance, consume, is_visible
from bridge.jobs.signals import Signal
from bridge.ports import Bells
from bridge.store import deliveries, events, jobs, tenants
from bridge.store.database import Tx


@dataclass(frozen=True, slots=True)
class Now:
    """When something happens: milliseconds UTC, and the account's listening time."""

    ms: int
    listened_ms: int = 0


def take_step(tx: Tx, job: Job, signal: Signal, now: Now) -> Job | None:
    """Advance a job by a signal and keep all that follows; None when it does not move."""
    after = advance(job, signal, now.ms)
    if after is None:
        if settled := consume(job, signal):
            jobs.save(tx, settled)
        return None
    after = _heard(after, now)
    jobs.save(tx, after)
    if is_visible(job, after):
        _tell(tx, job, after, now)
    return after


def begin(tx: Tx, job: Job) -> Job:
    """Keep a new job and its first event; one that names no `reply_url` has its tenant's."""
    reply_url = job.reply_url or tenants.get(tx, job.tenant).reply_url
    kept = jobs.insert(tx, replace(job, reply_url=reply_url))
    events.append(tx, kept)
    return kept


def hear(tx: Tx, job_id: str, now: Now) -> None:
    """Keep that something was heard of a job although it moved nothing: its silence begins anew."""
    job = jobs.by_id(tx, job_id)
    if job is not None and job.is_open:
        jobs.save(tx, _heard(job, now))


def ring_for(bells: Bells, moved: Iterable[Job]) -> None:
    """Wake those who wait for these jobs, after the commit."""
    for job in moved:
        for bell in (f"job:{job.id}", f"account:{job.account}", "events", "deliveries"):
            bells.ring(bell)


def _tell(tx: Tx, before: Job, after: Job, now: Now) -> None:
    position = events.append(tx, after)
    if after.ended_ms is None or after.reply_url is None or before.status == after.status:
        return
    deliveries.owe(
        tx,
        delivery=f"msg_{secrets.token_hex(16)}",
        tenant=after.tenant,
        job=after.id,
        position=position,
        url=after.reply_url,
        now_ms=now.ms,
    )


def _heard(job: Job, now: Now) -> Job:
    return replace(job, heard_ms=now.ms, listened_ms=max(now.listened_ms, job.listened_ms))
