"""One step of a job: the job, its event and its callback, written in one transaction.

A job changes its state only here. Two things that no client sees are written elsewhere: which account sends a
waiting job if an account is replaced (`configure`), and that no late result is expected any more
(`end/expire`, `keep/retention`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bridge.jobs.job import NOT_HEARD_OF, Job, State
from bridge.jobs.lifecycle import advance, after_the_end, is_visible
from bridge.jobs.signals import Signal
from bridge.ports import Notifier
from bridge.store.database import Tx
from bridge.store.rows import deliveries, events, jobs, queue
from bridge.store.rows.events import Event


@dataclass(frozen=True, slots=True)
class Now:
    """The current time in milliseconds UTC, and the account's listening time."""

    ms: int
    listened_ms: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """What a step did: the job before and after, the position of its event, and whether it has a callback.

    Without a position the step is not visible to clients.
    """

    before: Job
    job: Job
    position: int | None = None
    has_callback: bool = False

    @property
    def event(self) -> Event | None:
        """The step's event in the change log, if there is one."""
        return Event(self.position, self.job.updated_ms, self.job) if self.position is not None else None

    @property
    def has_new_status(self) -> bool:
        """Return whether the job's API status has changed."""
        return self.before.status != self.job.status

    @property
    def may_unblock_others(self) -> bool:
        """Return whether a job may be sent now that could not before: this one, or a look-alike."""
        is_over = self.before.is_owed and not self.job.is_owed
        has_ended = self.job.ended_ms is not None and self.before.ended_ms is None
        has_new_words = self.before.echo != self.job.echo
        return is_over or has_ended or has_new_words or self.job.state is State.WAITING

    @property
    def has_freed_a_slot(self) -> bool:
        """Return whether the job has ended now, and had a slot of an account."""
        is_over = self.job.ended_ms is not None and self.before.ended_ms is None
        return is_over and self.before.account is not None

    @property
    def is_first_news(self) -> bool:
        """Return whether this is the first answer of the bot to the job."""
        return self.before.state in NOT_HEARD_OF and self.job.state not in NOT_HEARD_OF


@dataclass(frozen=True, slots=True)
class SlotFreed:
    """Payload: a job of an account has ended, so a job of the queue may have its slot."""

    account: int


@dataclass(frozen=True, slots=True)
class Freed:
    """Payload: a waiting job may be sent, because another has ended or its words are known."""


def take_step(tx: Tx, job: Job, signal: Signal, now: Now) -> Moved | None:
    """Advance a job by a signal and store job, event and callback; None if nothing changes."""
    after = advance(job, signal, now.ms)
    if after is None:
        return _keep_last_word(tx, job, signal)
    after = jobs.save(tx, _heard(after, now))
    if job.state is State.QUEUED:
        queue.remove(tx, job.id)
        jobs.keep_channel(tx, after)
    if not is_visible(job, after):
        return Moved(job, after)
    position = events.append(tx, after)
    return Moved(job, after, position, has_callback=_owe(tx, job, after, position, now))


def note_sign_of_life(tx: Tx, job: Job, now: Now) -> None:
    """Record a message about an open job that changed nothing: its silence starts again."""
    if job.is_open:
        jobs.save(tx, _heard(job, now))


def notify_of(notifier: Notifier, moved: Iterable[Moved]) -> None:
    """Notify the subscribers that these steps concern, after the commit."""
    for step in moved:
        notifier.notify("moved", step)
        notifier.notify(f"job:{step.job.id}")
        if step.job.state not in NOT_HEARD_OF:
            notifier.notify(f"answered:{step.job.id}", step.job)
        if step.has_freed_a_slot and step.job.account is not None:
            notifier.notify("slots", SlotFreed(step.job.account))
        if step.may_unblock_others and step.job.account is not None:
            notifier.notify(
                f"account:{step.job.account}", None if step.job.state is State.WAITING else Freed()
            )
        if step.event is not None:
            notifier.notify("events", step.event)
        if step.has_callback and step.job.reply_url:
            notifier.notify("deliveries", deliveries.receiver_of(step.job.reply_url))


def notify_of_new(notifier: Notifier, newest: Event) -> None:
    """Notify the subscribers of a new job, after the commit of its newest event (it may have ended)."""
    job = newest.job
    notifier.notify("placed", newest)
    notifier.notify("queue" if job.account is None else f"account:{job.account}")
    notifier.notify("events", newest)
    if job.ended_ms is not None:
        notifier.notify("deliveries")


def _keep_last_word(tx: Tx, job: Job, signal: Signal) -> Moved | None:
    """Store a signal about an ended job that clients do not see."""
    settled = after_the_end(job, signal)
    if settled is None:
        return None
    return Moved(job, jobs.save(tx, settled))


def _owe(tx: Tx, before: Job, after: Job, position: int, now: Now) -> bool:
    """Enqueue a callback if a job has ended and has a `reply_url`; return whether it has."""
    if after.ended_ms is None or after.reply_url is None or before.status == after.status:
        return False
    deliveries.enqueue(
        tx,
        delivery=deliveries.id_of(after.id, after.status),
        tenant=after.tenant,
        job=after.id,
        position=position,
        url=after.reply_url,
        now_ms=now.ms,
    )
    return True


def _heard(job: Job, now: Now) -> Job:
    return replace(job, heard_ms=now.ms, listened_ms=max(now.listened_ms, job.listened_ms))
