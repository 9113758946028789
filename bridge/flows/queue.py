"""Which waiting job is next: the oldest whose video could not be taken for another's."""

from collections.abc import Callable, Sequence
from typing import Final

from bridge.jobs.candidate import Candidate
from bridge.jobs.job import Job, State
from bridge.matcher import LATE_MS, confusable
from bridge.pixverse.profile import Profile
from bridge.store import jobs, messages
from bridge.store.candidates import candidate
from bridge.store.database import Tx

HABIT: Final = 50
"""After so many completions that carried ids, and none without, the bot is known to send them."""


def next_waiting(
    tx: Tx, account: int, profile: Profile, now_ms: int, is_ready: Callable[[Job], bool] = lambda _: True
) -> Job | None:
    """Return the job of an account to be sent next, or None.

    One that is not ready lets those behind it pass, but for its look-alikes. One that is most likely over
    keeps no look-alike waiting, unless this bot has said by its text alone whose
    a video is: otherwise ids tell, or nothing is guessed.
    """
    mine = jobs.open_of(tx, account)
    waiting = [job for job in mine if job.state is State.WAITING]
    if not waiting:
        return None
    with_ids, by_text = messages.completions(tx, account)
    if profile.completions_carry_ids or (with_ids >= HABIT and by_text == 0):
        return next(filter(is_ready, waiting), None)
    owed = [job for job in jobs.owed_of(tx, account) if _may_still_come(job, now_ms)]
    expected = [job for job in owed if by_text or not job.is_most_likely_over]
    return _first_alone(tx, waiting, [candidate(tx, job) for job in expected], is_ready)


def _first_alone(
    tx: Tx, waiting: Sequence[Job], flying: list[Candidate], is_ready: Callable[[Job], bool]
) -> Job | None:
    """Return the first ready job that looks like none that flies, nor like an older one that waits."""
    ahead = list(flying)
    for job in waiting:
        mine = candidate(tx, job)
        if not _is_confusable(mine, ahead) and is_ready(job):
            return job
        ahead.append(mine)
    return None


def _may_still_come(job: Job, now_ms: int) -> bool:
    """Tell whether a job's video can still be expected, also when nobody waits for it any more."""
    return job.ended_ms is None or now_ms - job.ended_ms < LATE_MS


def _is_confusable(job: Candidate, flying: Sequence[Candidate]) -> bool:
    return any(confusable(job, other) for other in flying)
