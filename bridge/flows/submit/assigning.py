"""Gives free slots to the jobs of the queue: in order, each job the first account that can take it."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.accounts.account import Kind
from bridge.accounts.slots import Slots
from bridge.flows.step import Moved, Now, take_step
from bridge.jobs.job import Job
from bridge.jobs.queue import QueuedJob
from bridge.jobs.signals import Assigned
from bridge.store.database import Tx
from bridge.store.rows import jobs, queue
from bridge.store.rows.slots import slots_of

PAGE: Final = 200
"""How many waiting jobs are read at a time; usually the first ones get the free slots."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Connected accounts as they are tried in turn, with the largest file that each takes, if known.

    `is_least_loaded`: the one with the fewest running jobs for its weight is tried first. Else `seed` is what
    accounts of unequal weights are drawn with.
    """

    accounts: Sequence[int]
    most_file_bytes: Mapping[int, int]
    is_least_loaded: bool = False
    seed: int = 0

    def preferred(self, slots: Iterable[Slots]) -> Sequence[Slots]:
        """Return slots in the order in which they are tried."""
        found = list(slots)
        if self.is_least_loaded:
            return sorted(found, key=lambda each: each.taken / weight_of(each))
        if len({weight_of(each) for each in found}) <= 1:
            return found
        chance = random.Random(self.seed)  # noqa: S311 - it shares work out
        return sorted(found, key=lambda each: chance.random() ** (1 / weight_of(each)), reverse=True)


@dataclass(frozen=True, slots=True)
class Planned:
    """A waiting job with the account that it gets."""

    job: Job
    queued: QueuedJob
    slots: Slots


def assign(tx: Tx, tenant: str, candidates: Candidates, now_ms: int) -> Sequence[Moved]:
    """Give the free slots of accounts to a tenant's waiting jobs."""
    plan = planned(tx, tenant, candidates, now_ms)
    steps = [take_step(tx, each.job, _assigned(each), Now(now_ms)) for each in plan]
    return [step for step in steps if step is not None]


def planned(tx: Tx, tenant: str, candidates: Candidates, now_ms: int) -> Sequence[Planned]:
    """Return which waiting job of a tenant gets a slot of which account; an unreadable one gets none."""
    slots = slots_of(tx, candidates.accounts, now_ms)
    unreadable: set[str] = set()
    while True:
        waiting = (each for each in _waiting(tx, tenant) if each.job_id not in unreadable)
        found = list(fitted(waiting, slots, candidates, now_ms))
        known = {job.id: job for job in jobs.readable(tx, [queued.job_id for queued, _ in found])}
        missing = {queued.job_id for queued, _ in found} - known.keys()
        if not missing:
            return [Planned(known[queued.job_id], queued, one) for queued, one in found]
        unreadable |= missing


def fitted(
    waiting: Iterable[QueuedJob], slots: Sequence[Slots], candidates: Candidates, now_ms: int
) -> Iterator[tuple[QueuedJob, Slots]]:
    """Yield waiting jobs, in order, with the account that each gets; pure.

    A job that no free account can take is passed over. It ends with the page on which no slot is free.
    """
    left = {each.account: each for each in candidates.preferred(slots) if not each.is_paused}
    for number, queued in enumerate(waiting):
        if number % PAGE == 0 and not any(each.is_ready(None, now_ms) for each in left.values()):
            return
        found = [each for each in left.values() if _can_take(each, queued, candidates, now_ms)]
        if not found:
            continue
        chosen = candidates.preferred(found)[0] if candidates.is_least_loaded else found[0]
        left[chosen.account] = chosen.after_one_more()
        yield queued, chosen


def weight_of(slots: Slots) -> int:
    """Return how often an account is chosen, compared with the others."""
    return slots.rails.weight or 1


def _can_take(slots: Slots, queued: QueuedJob, candidates: Candidates, now_ms: int) -> bool:
    most = candidates.most_file_bytes.get(slots.account)
    is_small = most is None or queued.file_bytes <= most
    is_wanted = _is_wanted(slots, queued) and slots.rails.has(queued.labels)
    return is_small and is_wanted and slots.is_ready(queued.most_jobs, now_ms)


def _is_wanted(slots: Slots, queued: QueuedJob) -> bool:
    """Return whether a job waits for this account, or for any of its tenant's list."""
    if queued.account is not None:
        return queued.account == slots.account
    is_listed = slots.tenant == queued.tenant and slots.kind is Kind.CONFIGURED
    return is_listed and queued.channel in (None, slots.channel)


def _assigned(planned: Planned) -> Assigned:
    slots = planned.slots
    return Assigned(
        account=slots.account,
        server=slots.server,
        channel=slots.channel,
        discord=slots.mask,
        max_jobs=planned.queued.most_jobs or slots.max_jobs,
    )


def _waiting(tx: Tx, tenant: str) -> Iterator[QueuedJob]:
    """Yield the waiting jobs of a tenant in order; a page is read when it is reached."""
    last: QueuedJob | None = None
    while page := queue.behind(tx, tenant, last, PAGE):
        yield from page
        last = page[-1]
