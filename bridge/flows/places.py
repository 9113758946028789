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
from bridge.sessions.port import Session
from bridge.store.database import Tx
from bridge.store.rows import accounts, jobs, places
from bridge.store.rows.places import Login, login_with


@dataclass(frozen=True, slots=True)
class NotAvailable:
    """The person of a token belongs to another tenant in this channel."""

    channel: str


@dataclass(frozen=True, slots=True)
class Place:
    """Whether an account's person belongs to its tenant; `moved` are the jobs of accounts that gave way.

    `is_current`: the account still has the token that its session logged in with. If not, nobody gave way:
    it is about to be started with its new token.
    """

    is_own: bool
    moved: Sequence[Moved] = ()
    is_current: bool = True


def login_of(session: Session) -> Login | None:
    """Return what Discord has accepted from a session, None if that is not known yet."""
    if session.token is None or session.user_id is None:
        return None
    return login_with(session.token, session.user_id)


def take_place(tx: Tx, account: int, login: Login | None, now: Now) -> Place:
    """Let the person that Discord named for an account's token belong to its tenant.

    If it belongs to another one, the account itself gives way.
    """
    if login is not None and places.is_own(tx, account, login):
        return Place(is_own=True)
    if login is None or not places.is_current(tx, account, login):
        return Place(is_own=False, is_current=False)
    if not places.take(tx, account, login):
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
