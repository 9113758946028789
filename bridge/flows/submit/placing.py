"""Places an order in one transaction: on an account with a free slot, else in the queue if it may wait."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.accounts.slots import Full, Guarded, Held, Slots, first_ready, why_none
from bridge.flows.step import Moved
from bridge.flows.submit.assigning import Candidates, assign
from bridge.flows.submit.draft import Draft, QuotaUsed, insert
from bridge.flows.submit.order import Named
from bridge.jobs.job import Job
from bridge.jobs.queue import QueuedJob, group_of, next_place
from bridge.store.database import Tx
from bridge.store.rows import accounts, queue
from bridge.store.rows.events import Event
from bridge.store.rows.guard_rails import labelled
from bridge.store.rows.slots import executing, slots_of


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of an order, None if none of these accounts takes it.

    `assigned`: the jobs of the queue that got free slots before it.
    """

    placed: Event | QuotaUsed | Full | Held | Guarded | None
    assigned: Sequence[Moved] = ()


def place_on_one_of(tx: Tx, draft: Draft, candidates: Candidates, _: Named | None) -> Tried:
    """Count slots and insert the job in one transaction, so that two orders never get the last slot."""
    slots, assigned = _left_by_the_queue(tx, draft, candidates)
    ready = first_ready(slots, draft.order.max_jobs, draft.now_ms)
    return Tried(insert(tx, draft, draft.job(ready)) if ready else None, assigned)


def place_on_any(tx: Tx, draft: Draft, candidates: Candidates, named: Named | None) -> Tried:
    """Try all connected accounts, then the queue; tell why none takes the job, if there is any account."""
    slots, assigned = _left_by_the_queue(tx, draft, candidates)
    if ready := first_ready(slots, draft.order.max_jobs, draft.now_ms):
        return Tried(insert(tx, draft, draft.job(ready)), assigned)
    if not slots:
        return Tried(None, assigned)
    return Tried(_queued(tx, draft, slots, named), assigned)


def _left_by_the_queue(
    tx: Tx, draft: Draft, candidates: Candidates
) -> tuple[Sequence[Slots], Sequence[Moved]]:
    """Return the slots of accounts that take new jobs, after those that are free went to waiting jobs."""
    slots = _taking_jobs(tx, draft, candidates)
    if not any(each.is_awaited for each in slots):
        return slots, ()
    assigned = assign(tx, draft.order.tenant, candidates, draft.now_ms)
    return _taking_jobs(tx, draft, candidates), assigned


def _taking_jobs(tx: Tx, draft: Draft, candidates: Candidates) -> Sequence[Slots]:
    """Return the slots of accounts that may take the order, the preferred ones first."""
    found = slots_of(tx, candidates.accounts, draft.now_ms)
    labels = draft.order.labels
    return candidates.preferred(each for each in found if not each.is_paused and each.rails.has(labels))


def _queued(
    tx: Tx, draft: Draft, slots: Sequence[Slots], named: Named | None
) -> Event | QuotaUsed | Full | Held | Guarded:
    """Insert the job without an account if the queue has room for it, else return why it is refused."""
    order = draft.order
    why = why_none(slots, executing(tx, order.tenant), order.max_jobs)
    if not order.queue:
        return why
    channel = slots[0].channel if named and named.is_listed else None
    account = named.account if named and not named.is_listed else None
    waiting = queue.count(tx, order.tenant, channel, account)
    if waiting >= order.queue * (1 if named else len(_taking_any(tx, draft))):
        return replace(why, waiting=waiting) if isinstance(why, Full) else why
    first = insert(tx, draft, _unplaced(draft, slots[0] if named else None))
    if isinstance(first, Event):
        _append(tx, draft, first.job.number, channel, account)
    return first


def _unplaced(draft: Draft, wanted: Slots | None) -> Job:
    """Return the job as it waits: with the place of the account that it waits for."""
    job = draft.without_account()
    if wanted is None:
        return job
    return replace(job, server=wanted.server, channel=wanted.channel, discord=wanted.mask)


def _append(tx: Tx, draft: Draft, number: int, channel: str | None, account: int | None) -> None:
    order, group = draft.order, group_of(draft.order.reply_ref)
    last_of_group, last_turn = queue.places(tx, order.tenant, order.priority, group)
    queue.add(
        tx,
        QueuedJob(
            job_id=draft.job_id,
            tenant=order.tenant,
            priority=order.priority,
            place=next_place(last_of_group, last_turn),
            number=number,
            grouped_by=group,
            channel=channel,
            account=account,
            most_jobs=order.max_jobs,
            file_bytes=order.command.file_bytes,
            queued_ms=draft.now_ms,
            labels=order.labels,
        ),
    )


def _taking_any(tx: Tx, draft: Draft) -> Sequence[int]:
    """Return the accounts that could take the order, connected or not."""
    listed = accounts.unpaused(tx, accounts.listed_ids(tx, draft.order.tenant))
    return labelled(tx, listed, draft.order.labels)
