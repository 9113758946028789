"""One Discord person in one channel belongs to one tenant: the first whose token Discord has accepted.

An account of another tenant that never connected gives way: it is removed from its list, and its jobs end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.flows.step import Moved, Now, take_step
from bridge.jobs.given_up import REMOVED_ACCOUNT, given_up
from bridge.jobs.job import Cause, Failure, State
from bridge.jobs.signals import Failed
from bridge.jobs.texts import not_available
from bridge.store.database import Tx
from bridge.store.rows import accounts, jobs, places


@dataclass(frozen=True, slots=True)
class NotAvailable:
    """The person of a token belongs to another tenant in this channel."""

    channel: str


@dataclass(frozen=True, slots=True)
class Place:
    """Whether an account's person belongs to its tenant; `moved` are the jobs of accounts that gave way."""

    is_own: bool
    moved: Sequence[Moved] = ()


def take_place(tx: Tx, account: int, now: Now) -> Place:
    """Let the person of an account, whose token Discord has accepted, belong to its tenant.

    If it belongs to another one, the account itself gives way.
    """
    if places.is_own(tx, account):
        return Place(is_own=True)
    if not places.take(tx, account):
        return Place(is_own=False, moved=give_way(tx, account, now))
    rivals = places.rivals_of(tx, account)
    return Place(is_own=True, moved=[step for rival in rivals for step in give_way(tx, rival, now)])


def give_way(tx: Tx, account: int, now: Now) -> Sequence[Moved]:
    """Remove an account from its tenant's list, and end its jobs: nothing is expected for them any more."""
    accounts.retire(tx, account, now.ms)
    failed = Failed(Failure(Cause.ACCOUNT, not_available(accounts.channel_of(tx, account))))
    moved = []
    for job in jobs.open_of(tx, account):
        signal = failed if job.state is State.WAITING else given_up(REMOVED_ACCOUNT)
        if step := take_step(tx, job, signal, now):
            moved.append(step)
    for job in jobs.owed_of(tx, account):
        jobs.stop_tracking(tx, job)
    return moved
