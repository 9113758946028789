"""The first start after a restore: what a bridge may have sent since the backup is not sent again.

The database knows nothing of the time between the backup and now. A job that waited in the backup may have
been sent in it, so it is treated as one whose POST has no answer: its video is found in the history, or it is
proven absent and given up. So is a modal that waited to be submitted, or that the bot had not opened yet when
the backup was made. A job that waited in the queue is given up: nobody knows if it was sent since.
All other jobs go on as after a crash.
"""

import secrets
from collections.abc import Set
from dataclasses import dataclass

from bridge.accounts.person import user_id_in
from bridge.flows.step import Now, take_step
from bridge.jobs.given_up import RESTORED_IN_QUEUE, given_up
from bridge.jobs.signals import Claimed
from bridge.store.database import Tx
from bridge.store.rows import accounts, events, interactions, jobs, restored
from bridge.store.rows.accounts import Accounts


@dataclass(frozen=True, slots=True)
class Restored:
    """A database that was restored from a backup; `doubtful`: how many jobs may have been sent since."""

    taken_ms: int
    doubtful: int


def settle_restored(tx: Tx, known: Accounts, prompt_buttons: Set[str], now_ms: int) -> Restored | None:
    """Settle what waited in a backup, if this database was just restored from one.

    `prompt_buttons`: the bot answers a press of these with a modal.
    """
    taken_ms = restored.take_mark(tx)
    if taken_ms is None:
        return None
    since_ms = min(taken_ms, now_ms)
    events.begin_anew(tx, now_ms)
    restored.keep_unknown_time(tx, since_ms, now_ms)
    unsubmitted = [*restored.unsubmitted(tx), *_without_modal(tx, prompt_buttons)]
    waiting = restored.waiting(tx)
    for job_id, account in waiting:
        _begin(tx, job_id, "run", _sender(tx, known, account), account, since_ms, now_ms)
        for job in jobs.readable(tx, [job_id]):
            take_step(tx, job, Claimed(), Now(now_ms, accounts.listened_ms(tx, account)))
    for job_id, account in unsubmitted:
        _begin(tx, job_id, "modal", _sender(tx, known, account), account, since_ms, now_ms)
    queued = restored.queued(tx)
    for job in jobs.readable(tx, queued):
        take_step(tx, job, given_up(RESTORED_IN_QUEUE), Now(now_ms))
    return Restored(taken_ms, len(waiting) + len(unsubmitted) + len(queued))


def _without_modal(tx: Tx, prompt_buttons: Set[str]) -> list[tuple[str, int]]:
    """Return the jobs whose modal was to come when the backup was made, each with its account.

    The gateway tells of a modal once, and no history has it: whether it was submitted is unknown.
    """
    pressed = dict(restored.pressed(tx))
    found = jobs.readable(tx, pressed)
    return [(job.id, pressed[job.id]) for job in found if job.command.button in prompt_buttons]


def _begin(tx: Tx, job: str, kind: str, sender: str | None, account: int, since_ms: int, now_ms: int) -> None:
    """Store a POST that may have been made at any time since then."""
    nonce = f"restored-{secrets.token_hex(8)}"
    interactions.begin(tx, nonce=nonce, job=job, account=account, kind=kind, sender=sender, now_ms=since_ms)
    interactions.answered(tx, nonce, "unknown", now_ms)


def _sender(tx: Tx, known: Accounts, account: int) -> str | None:
    """Return the user of an account: that of its last POST, or the one that its token names."""
    if senders := interactions.last_senders(tx, account):
        return next(iter(senders))
    found = known.by_id(tx, account)
    return user_id_in(found.token) if found is not None and found.token is not None else None
