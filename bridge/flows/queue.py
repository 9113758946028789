"""What an account may send next: a modal, or the oldest job whose video could not be taken for another's."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from math import inf
from typing import Final

from bridge.chat import ModalSubmit
from bridge.flows.modal import waiting_modals
from bridge.flows.readiness import paced_ms, retry_ms
from bridge.jobs.command import Verb
from bridge.jobs.job import Job
from bridge.matching.matcher import LATE_MS, confusable
from bridge.pixverse.profile import Profile
from bridge.store import accounts, interactions, jobs, messages
from bridge.store.database import Tx
from bridge.store.uploads import of_job

HABIT: Final = 50
"""After so many completions that carried ids, and none without, the bot is known to send them."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the database does not say: which jobs are ready to be posted and which are being prepared.

    `room`: how many more jobs with pictures may be prepared. `left_alone`: for how long, by job, after an
    obstacle, and `reasons`: which. `quiet_ms`: for how long nothing that asks Discord is prepared in
    an outage of its REST, and `is_one_by_one`: that it is tried with one such job at a time.
    """

    now_ms: int
    pace_s: float
    ready: Set[str] = frozenset()
    under_way: Set[str] = frozenset()
    room: int = 0
    left_alone: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    quiet_ms: int = 0
    is_one_by_one: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be done next: a job to be posted (with a `submit`, its modal), and jobs to be prepared.

    `waiting`: the jobs that wait for a POST. `waits_ms`: after which times there is more to do. `first` is to
    be posted as soon as it is prepared, if nothing else has happened by then.
    """

    waiting: Set[str]
    waits_ms: Sequence[int] = ()
    post: Job | None = None
    submit: ModalSubmit | None = None
    prepare: Sequence[Job] = ()
    first: Job | None = None


def next_turn(tx: Tx, account: int, profile: Profile, known: Known) -> Turn:
    """Return what an account may do now; while Discord wants silence that is nothing."""
    modals, unsent = list(waiting_modals(tx, account)), jobs.waiting_of(tx, account)
    waiting = frozenset(job.id for job in (*unsent, *(job for job, _ in modals)))
    if not waiting:
        return Turn(waiting)
    held_ms = accounts.held_until_ms(tx, account, known.now_ms) - known.now_ms
    if held_ms > 0:
        return Turn(waiting, [held_ms])
    paced = paced_ms(interactions.last_sent_ms(tx, account, known.now_ms), known.pace_s) - known.now_ms
    waits_ms = []
    for job, submit in modals:
        wait_ms = max(paced, left_alone_ms(tx, job.id, known))
        if wait_ms <= 0:
            return Turn(waiting, post=job, submit=submit)
        waits_ms.append(wait_ms)
    turn = _next_job(tx, may_be_sent(tx, account, profile, known.now_ms, unsent), known)
    waits_ms += turn.waits_ms if turn.post is None else [paced]
    post, first = (turn.post, turn.first) if paced <= 0 else (None, None)
    return replace(turn, waiting=waiting, waits_ms=waits_ms, post=post, first=None if modals else first)


def may_be_sent(tx: Tx, account: int, profile: Profile, now_ms: int, waiting: Sequence[Job]) -> Iterator[Job]:
    """Yield the waiting jobs of an account, oldest first, but for the look-alikes of what is before them."""
    in_line = with_look_alikes(tx, account, profile, now_ms, waiting)
    return (job for job, look_alike in in_line if look_alike is None)


def with_look_alikes(
    tx: Tx, account: int, profile: Profile, now_ms: int, waiting: Sequence[Job]
) -> Iterator[tuple[Job, Job | None]]:
    """Yield the waiting jobs of an account, oldest first, each with the look-alike that it waits for.

    A look-alike waits for what is owed and for every older one that waits. What is most likely over keeps
    none waiting, unless this bot has said by its text alone whose a video is: otherwise ids tell, or nothing
    is guessed.
    """
    if not waiting:
        return
    with_ids, by_text = messages.completions(tx, account, HABIT)
    if profile.completions_carry_ids or (with_ids >= HABIT and by_text == 0):
        yield from ((job, None) for job in waiting)
        return
    owed = [job for job in jobs.owed_of(tx, account) if _may_still_come(job, now_ms)]
    ahead = [job for job in owed if by_text or not job.is_most_likely_over]
    for job in waiting:
        yield job, next((other for other in ahead if confusable(job, other)), None)
        ahead.append(job)


def left_alone_ms(tx: Tx, job_id: str, known: Known) -> int:
    """Return for how long a job is still left alone after what stood in its way."""
    never_left = interactions.never_left(tx, job_id, known.now_ms)
    until_ms = retry_ms(never_left.tries, never_left.last_ms)
    return max(known.left_alone.get(job_id, 0), until_ms - known.now_ms)


def unprepared_ms(job: Job, known: Known) -> int:
    """Return for how long a job is not prepared while Discord's REST is out."""
    return 0 if job.id in known.ready or job.id in known.under_way or not _asks(job) else known.quiet_ms


def _next_job(tx: Tx, sendable: Iterator[Job], known: Known) -> Turn:
    """Return the job to be posted next, those to be prepared, and how long others are left alone.

    One that is left alone, and one whose picture is being uploaded, lets those behind it pass; what takes no
    upload is ready in a moment, and keeps its place.
    """
    prepare: list[Job] = []
    waits_ms: list[int] = []
    room = known.room
    for job in sendable:
        has_files = bool(of_job(job))
        left_ms = max(left_alone_ms(tx, job.id, known), unprepared_ms(job, known))
        if left_ms > 0:
            waits_ms.append(left_ms)
            continue
        if job.id in known.ready:
            return Turn(frozenset(), waits_ms, post=job, prepare=_at_once(prepare, known))
        if job.id not in known.under_way and (room > 0 or known.is_one_by_one or not has_files):
            prepare.append(job)
            room -= has_files
        if not has_files:
            return Turn(frozenset(), waits_ms, prepare=_at_once(prepare, known), first=job)
    return Turn(frozenset(), waits_ms, prepare=_at_once(prepare, known))


def _at_once(prepare: Sequence[Job], known: Known) -> Sequence[Job]:
    """Return which of these are prepared at once: in an outage only one of those that ask Discord.

    It is the one that was left alone the longest ago, so that none for which Discord never has an answer is
    the only one to be tried.
    """
    if not known.is_one_by_one:
        return prepare
    asking = [job for job in prepare if _asks(job) and (known.room > 0 or not of_job(job))]
    one = min(asking, key=lambda job: known.left_alone.get(job.id, -inf), default=None)
    may_ask = not known.under_way
    return [job for job in prepare if not _asks(job) or (may_ask and job is one)]


def _asks(job: Job) -> bool:
    """Tell whether a job is prepared with an answer of Discord's that no other job has had before."""
    return bool(of_job(job)) or job.command.verb is Verb.BUTTON


def _may_still_come(job: Job, now_ms: int) -> bool:
    """Tell whether a job's video can still be expected, also when nobody waits for it any more."""
    return job.ended_ms is None or now_ms - job.ended_ms < LATE_MS
