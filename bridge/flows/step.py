"""One step of a job, whole: the job, its event and the callback that it owes, in one transaction.

A job changes its state only here. Two things that no client sees are written elsewhere: which account sends a
waiting job when an account is replaced (`configure`), and that a late result is waited for no more
(`end/expire`, `keep/retention`).
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bridge.jobs.job import UNANSWERED, Job, State
from bridge.jobs.lifecycle import advance, after_the_end, is_visible
from bridge.jobs.signals import Signal
from bridge.ports import Notifier
from bridge.store.database import Tx
from bridge.store.rows import deliveries, events, jobs, tenants
from bridge.store.rows.events import Event


@dataclass(frozen=True, slots=True)
class Now:
    """When something happens: milliseconds UTC, and the account's listening time."""

    ms: int
    listened_ms: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """What a step did: the job before and after it, the position of its event, and whether a POST is owed.

    Without a position no client sees a difference. Who follows the log is handed the event itself.
    """

    before: Job
    job: Job
    position: int | None = None
    has_callback: bool = False

    @property
    def event(self) -> Event | None:
        """What the step has left in the change log, if anything."""
        return Event(self.position, self.job.updated_ms, self.job) if self.position is not None else None

    @property
    def has_new_status(self) -> bool:
        """Tell whether the job has another status in the contract."""
        return self.before.status != self.job.status

    @property
    def may_unblock_others(self) -> bool:
        """Tell whether a job may be sent now that could not be: this one, or one that looked like it."""
        is_over = self.before.is_owed and not self.job.is_owed
        has_ended = self.job.ended_ms is not None and self.before.ended_ms is None
        has_new_words = self.before.echo != self.job.echo
        return is_over or has_ended or has_new_words or self.job.state is State.WAITING

    @property
    def is_first_news(self) -> bool:
        """Tell whether nothing was known of a job's command before."""
        return self.before.state in UNANSWERED and self.job.state not in UNANSWERED


@dataclass(frozen=True, slots=True)
class Freed:
    """Tells an account that a job that waits may go, since another is over or known better."""


def take_step(tx: Tx, job: Job, signal: Signal, now: Now) -> Moved | None:
    """Advance a job by a signal and keep all that follows; None when it does not move."""
    after = advance(job, signal, now.ms)
    if after is None:
        return _keep_last_word(tx, job, signal)
    after = jobs.save(tx, _heard(after, now))
    if not is_visible(job, after):
        return Moved(job, after)
    position = events.append(tx, after)
    return Moved(job, after, position, has_callback=_owe(tx, job, after, position, now))


def begin(tx: Tx, job: Job) -> Event:
    """Keep a new job, and return its first event; one that names no `reply_url` has its tenant's."""
    reply_url = job.reply_url or tenants.get(tx, job.tenant).reply_url
    kept = jobs.insert(tx, replace(job, reply_url=reply_url))
    return Event(events.append(tx, kept), kept.updated_ms, kept)


def hear(tx: Tx, job: Job, now: Now) -> None:
    """Keep that something was heard of a job although it moved nothing: its silence begins anew."""
    if job.is_open:
        jobs.save(tx, _heard(job, now))


def notify_of(notifier: Notifier, moved: Iterable[Moved]) -> None:
    """Wake those whom these steps concern, after the commit."""
    for step in moved:
        notifier.notify(f"job:{step.job.id}")
        if step.job.state not in UNANSWERED:
            notifier.notify(f"answered:{step.job.id}", step.job)
        if step.may_unblock_others:
            notifier.notify(
                f"account:{step.job.account}", None if step.job.state is State.WAITING else Freed()
            )
        if step.event is not None:
            notifier.notify("events", step.event)
        if step.has_callback and step.job.reply_url:
            notifier.notify("deliveries", deliveries.receiver_of(step.job.reply_url))


def notify_of_new(notifier: Notifier, newest: Event) -> None:
    """Wake those whom a new job concerns, after the commit of its newest event; it may have ended at once."""
    job = newest.job
    notifier.notify(f"account:{job.account}")
    notifier.notify("events", newest)
    if job.ended_ms is not None:
        notifier.notify("deliveries")


def _keep_last_word(tx: Tx, job: Job, signal: Signal) -> Moved | None:
    """Keep that the bot has said its last word on a job that has ended."""
    settled = after_the_end(job, signal)
    if settled is None:
        return None
    return Moved(job, jobs.save(tx, settled))


def _owe(tx: Tx, before: Job, after: Job, position: int, now: Now) -> bool:
    """Owe a POST when a job has ended and its client wants one; tell whether it does."""
    if after.ended_ms is None or after.reply_url is None or before.status == after.status:
        return False
    deliveries.enqueue(
        tx,
        delivery=f"msg_{secrets.token_hex(16)}",
        tenant=after.tenant,
        job=after.id,
        position=position,
        url=after.reply_url,
        now_ms=now.ms,
    )
    return True


def _heard(job: Job, now: Now) -> Job:
    return replace(job, heard_ms=now.ms, listened_ms=max(now.listened_ms, job.listened_ms))
