"""The state machine of a job: one row per signal. Late or repeated signals change nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bridge.jobs.echo import Echo
from bridge.jobs.job import IN_FLIGHT, JUDGED, OPEN, Job, Said, State
from bridge.jobs.signals import (
    LAST_WORDS,
    Acknowledged,
    Assigned,
    Cancelled,
    Claimed,
    Declined,
    Failed,
    Finished,
    GivenUp,
    Progressed,
    Refused,
    Returned,
    Signal,
    Started,
)

RULES: Final[Mapping[type[Signal], tuple[frozenset[State], State]]] = {
    Assigned: (frozenset({State.QUEUED}), State.WAITING),
    Claimed: (frozenset({State.WAITING}), State.SENDING),
    Returned: (frozenset({State.SENDING}), State.WAITING),
    Acknowledged: (frozenset({State.SENDING}), State.SENT),
    Started: (frozenset({State.SENDING, State.SENT}), State.STARTED),
    Progressed: (IN_FLIGHT, State.PROGRESS),
    Finished: (IN_FLIGHT | JUDGED | {State.FAILED, State.MODERATED}, State.COMPLETED),
    Refused: (IN_FLIGHT | {State.GIVEN_UP}, State.MODERATED),
    Declined: (IN_FLIGHT, State.DECLINED),
    Failed: (OPEN, State.FAILED),
    GivenUp: (OPEN, State.GIVEN_UP),
    Cancelled: (OPEN, State.CANCELLED),
}

SETTLING: Final = (*LAST_WORDS, Returned)


def advance(job: Job, signal: Signal, now_ms: int) -> Job | None:
    """Return the job after `signal`, or None if the signal changes nothing."""
    welcome_in, state = RULES[type(signal)]
    if job.state not in welcome_in or _is_repeat(job, signal):
        return None
    placed = _placed(job, signal) if isinstance(signal, Assigned) else job
    return replace(
        placed,
        state=state,
        updated_ms=max(now_ms, job.updated_ms),
        ended_ms=None if state in OPEN else now_ms,
        is_late=not job.is_open,
        is_owed=_is_owed_after(job, signal),
        said=_said_after(job, signal),
        failure=getattr(signal, "failure", None),
        echo=_echo_after(job, signal),
    )


def after_the_end(job: Job, signal: Signal) -> Job | None:
    """Return an ended job after a signal that clients do not see, or None if it changes nothing at all.

    The bot's last word, or proof that the job never ran, ends `is_owed`; the bot's wording is stored.
    """
    if job.is_open or not job.is_owed:
        return None
    after = replace(job, is_owed=not isinstance(signal, SETTLING), echo=_echo_after(job, signal))
    return after if after != job else None


def is_visible(before: Job, after: Job) -> bool:
    """Return whether a client can see the difference between two versions of a job."""
    is_placed = before.account is None and after.account is not None
    is_new = before.status != after.status or before.said != after.said
    return is_placed or is_new or before.is_late != after.is_late


def _placed(job: Job, given: Assigned) -> Job:
    """Return a job on the account that it was given."""
    return replace(
        job,
        account=given.account,
        server=given.server,
        channel=given.channel,
        discord=given.discord,
        max_jobs=given.max_jobs,
    )


def _echo_after(job: Job, signal: Signal) -> Echo:
    return job.echo.after(signal.repeated) if isinstance(signal, Started | Progressed) else job.echo


def _is_repeat(job: Job, signal: Signal) -> bool:
    """Return whether progress is repeated or late: the history can be older than a gateway event."""
    if not isinstance(signal, Progressed) or job.state is not State.PROGRESS or job.said is None:
        return False
    if int(signal.said.message_id) < int(job.said.message_id):
        return True
    is_same_message = signal.said.message_id == job.said.message_id
    return signal.said == job.said or (
        is_same_message and (signal.said.edited or "") < (job.said.edited or "")
    )


def _is_owed_after(job: Job, signal: Signal) -> bool:
    if isinstance(signal, Claimed):
        return True
    return job.is_owed and not isinstance(signal, SETTLING)


def _said_after(job: Job, signal: Signal) -> Said | None:
    said: Said | None = getattr(signal, "said", None)
    if said is None or job.said is None or said.message_id != job.said.message_id:
        return said or job.said
    if said.content is not None:
        return said
    return replace(said, content=job.said.content, timestamp=said.timestamp or job.said.timestamp)
