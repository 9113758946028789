"""What an account may send next: a modal, or the oldest job whose video cannot be confused with another's."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf
from typing import Final

from bridge.accounts.guard_rails import GuardRails
from bridge.chat import ModalOffered, ModalSubmit
from bridge.jobs.candidate import EXPECTED_MS
from bridge.jobs.job import Job
from bridge.matching.matcher import confusable
from bridge.pixverse.profile import Profile
from bridge.ports import MINUTE_MS
from bridge.store.database import Tx
from bridge.store.files.uploads import of_job
from bridge.store.rows import accounts, guard_rails, interactions, jobs, messages, modals
from bridge.store.rows.interactions import NeverLeft

HABIT: Final = 50
"""After this many completions with ids, and none without, the bot is known to send ids."""
RETRY_LIMIT_MS: Final = 7_200_000
"""How long a job is retried while each attempt provably ran nothing; an outage may last an hour."""
LONGEST_PAUSE_MS: Final = MINUTE_MS


@dataclass(frozen=True, slots=True)
class SenderState:
    """The sender's in-memory state, which the choice of the next job needs besides the database.

    `ready` are the jobs that are prepared; `under_way` are being prepared. `room`: how many more jobs with
    pictures may be prepared. `left_alone`: how long jobs pause after an obstacle, and `reasons`: which one.
    `quiet_ms`: how long no job is prepared that needs Discord's REST API, during an outage of it;
    `is_one_by_one`: such jobs are tried one at a time.
    """

    now_ms: int
    pace_s: float
    expected_ms: int = EXPECTED_MS
    ready: Set[str] = frozenset()
    under_way: Set[str] = frozenset()
    room: int = 0
    left_alone: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    quiet_ms: int = 0
    is_one_by_one: bool = False


class WaitReason(StrEnum):
    """What a job waits for (docs/api.md)."""

    QUEUE = "queue"
    ACCOUNT = "account"
    RATE_LIMIT = "rate_limit"
    LOOK_ALIKE = "look_alike"
    RETRY = "retry"
    PREPARATION = "preparation"
    EARLIER_JOB = "earlier_job"
    PACE = "pace"
    QUIET_HOURS = "quiet_hours"


@dataclass(frozen=True, slots=True)
class Wait:
    """What a job waits for; `job_id` is the other job, `until_ms` the latest end of the wait.

    `position`: its place in the queue, 1 for the first.
    """

    reason: WaitReason
    details: str | None = None
    job_id: str | None = None
    until_ms: int | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class SendQueue:
    """The pending POSTs of an account: modals to submit, and jobs to send, each oldest first.

    A job that looks like one of `blocking` waits; `blocking` is None if the bot's messages carry ids.
    `never_left`: the POSTs of each job that never left.
    """

    modals: Sequence[tuple[Job, ModalSubmit]]
    unsent: Sequence[Job]
    blocking: Sequence[Job] | None
    never_left: Mapping[str, NeverLeft]


@dataclass(frozen=True, slots=True)
class Turn:
    """What to do next: a job to POST (or its modal, with a `submit`), and jobs to prepare.

    `waiting`: the jobs that wait for a POST. `waits_ms`: when there may be more to do. `first` is to be
    posted as soon as it is prepared, if nothing else has happened by then.
    """

    waiting: Set[str]
    waits_ms: Sequence[int] = ()
    post: Job | None = None
    submit: ModalSubmit | None = None
    prepare: Sequence[Job] = ()
    first: Job | None = None


def next_turn(tx: Tx, account: int, profile: Profile, state: SenderState) -> Turn:
    """Return what an account may do now: nothing during a rate limit, no new command in its quiet hours."""
    queue = queue_of(tx, account, profile, state)
    waiting = frozenset(job.id for job in (*queue.unsent, *(job for job, _ in queue.modals)))
    if not waiting:
        return Turn(waiting)
    held_for_ms = accounts.held_until_ms(tx, account, state.now_ms) - state.now_ms
    if held_for_ms > 0:
        return Turn(waiting, [held_for_ms])
    rails = guard_rails.of_account(tx, account)
    last_sent_ms = interactions.last_sent_ms(tx, account, state.now_ms)
    pace_left_ms = next_post_at_ms(last_sent_ms, pace_of(rails, state)) - state.now_ms
    in_order, waits_ms = in_sending_order(queue, state), []
    for (_, submit), (job, wait) in zip(queue.modals, in_order, strict=False):
        wait_ms = max(pace_left_ms, _left_ms(wait, state))
        if wait_ms <= 0:
            return Turn(waiting, post=job, submit=submit)
        waits_ms.append(wait_ms)
    if quiet_until_ms := rails.quiet_until_ms(state.now_ms):
        return Turn(waiting, [*waits_ms, quiet_until_ms - state.now_ms])
    turn = _next_job(in_order, state)
    waits_ms += turn.waits_ms if turn.post is None else [pace_left_ms]
    post, first = (turn.post, turn.first) if pace_left_ms <= 0 else (None, None)
    return replace(turn, waiting=waiting, waits_ms=waits_ms, post=post, first=None if queue.modals else first)


def queue_of(tx: Tx, account: int, profile: Profile, state: SenderState) -> SendQueue:
    """Return the pending POSTs of an account."""
    modals, unsent = list(waiting_modals(tx, account)), jobs.waiting_of(tx, account)
    waiting = [job.id for job in (*unsent, *(job for job, _ in modals))]
    blocking = _blocking_jobs(tx, account, profile, state) if unsent else None
    never_left = interactions.never_left(tx, waiting, state.now_ms) if waiting else {}
    return SendQueue(modals, unsent, blocking, never_left)


def in_sending_order(queue: SendQueue, state: SenderState) -> Iterator[tuple[Job, Wait | None]]:
    """Yield the waiting jobs in the order of sending, each with the reason why it is skipped, if any.

    The first one without a reason is next, and those after it wait for it. A look-alike waits for every
    blocking job and for each older waiting one. A job that is retried later, or whose picture is being
    uploaded, is skipped; a job without an upload will be ready in a moment, and keeps its place.
    """
    for job, _ in queue.modals:
        yield job, _retry(job, _left_alone_ms(job, queue, state), state)
    ahead = None if queue.blocking is None else list(queue.blocking)
    for job in queue.unsent:
        look_alike = next((other for other in ahead or () if confusable(job, other)), None)
        yield job, _as_a_look_alike(look_alike, state) if look_alike else _unready(job, queue, state)
        if ahead is not None:
            ahead.append(job)


def _blocking_jobs(tx: Tx, account: int, profile: Profile, state: SenderState) -> Sequence[Job] | None:
    """Return the jobs that make a look-alike wait, None if this bot's messages carry ids.

    A job that is most likely over blocks only if a video of this bot was ever matched by its text alone.
    """
    with_ids, by_text = messages.completions(tx, account, HABIT)
    if profile.completions_carry_ids or (with_ids >= HABIT and by_text == 0):
        return None
    owed = [job for job in jobs.owed_of(tx, account) if _may_still_come(job, state)]
    return [job for job in owed if by_text or not job.is_most_likely_over]


def _as_a_look_alike(other: Job, state: SenderState) -> Wait:
    over_ms = None if other.ended_ms is None else other.ended_ms + state.expected_ms
    return Wait(WaitReason.LOOK_ALIKE, job_id=other.id, until_ms=over_ms)


def _unready(job: Job, queue: SendQueue, state: SenderState) -> Wait | None:
    """Return why a job is skipped, other than a look-alike."""
    left_ms = max(_left_alone_ms(job, queue, state), _unprepared_ms(job, state))
    if retry := _retry(job, left_ms, state):
        return retry
    return Wait(WaitReason.PREPARATION) if of_job(job) and job.id not in state.ready else None


def _left_alone_ms(job: Job, queue: SendQueue, state: SenderState) -> int:
    """Return how long a job still pauses after an obstacle."""
    never_left = queue.never_left[job.id]
    until_ms = retry_at_ms(never_left.tries, never_left.last_ms)
    return max(state.left_alone.get(job.id, 0), until_ms - state.now_ms)


def _retry(job: Job, left_ms: int, state: SenderState) -> Wait | None:
    if left_ms <= 0:
        return None
    return Wait(WaitReason.RETRY, state.reasons.get(job.id), until_ms=state.now_ms + left_ms)


def _unprepared_ms(job: Job, state: SenderState) -> int:
    """Return how long a job is not prepared during an outage of Discord's REST API."""
    return 0 if job.id in state.ready or job.id in state.under_way or not _asks(job) else state.quiet_ms


def _left_ms(wait: Wait | None, state: SenderState) -> int:
    return wait.until_ms - state.now_ms if wait is not None and wait.until_ms is not None else 0


def _next_job(in_order: Iterator[tuple[Job, Wait | None]], state: SenderState) -> Turn:
    """Return the job to POST next, those to prepare, and how long others pause."""
    prepare: list[Job] = []
    waits_ms: list[int] = []
    room = state.room
    for job, wait in in_order:
        is_begun = job.id in state.under_way
        if wait is None:
            if job.id in state.ready:
                return Turn(frozenset(), waits_ms, post=job, prepare=_at_once(prepare, state))
            prepare += [] if is_begun else [job]
            return Turn(frozenset(), waits_ms, prepare=_at_once(prepare, state), first=job)
        if wait.reason is WaitReason.RETRY:
            waits_ms.append(_left_ms(wait, state))
        elif wait.reason is WaitReason.PREPARATION and not is_begun and (room > 0 or state.is_one_by_one):
            prepare.append(job)
            room -= 1
    return Turn(frozenset(), waits_ms, prepare=_at_once(prepare, state))


def _at_once(prepare: Sequence[Job], state: SenderState) -> Sequence[Job]:
    """Return which jobs are prepared now: in an outage only one of those that need Discord's REST API.

    It is the one that was tried the longest ago, so that a job that never gets an answer is not the only one
    to be tried.
    """
    if not state.is_one_by_one:
        return prepare
    asking = [job for job in prepare if _asks(job) and (state.room > 0 or not of_job(job))]
    one = min(asking, key=lambda job: state.left_alone.get(job.id, -inf), default=None)
    may_ask = not state.under_way
    return [job for job in prepare if not _asks(job) or (may_ask and job is one)]


def _asks(job: Job) -> bool:
    """Return whether preparing a job needs a request to Discord's REST API of its own."""
    return bool(of_job(job)) or job.command.is_press


def _may_still_come(job: Job, state: SenderState) -> bool:
    """Return whether a job's video may still arrive, also if the client does not wait for it."""
    return job.ended_ms is None or state.now_ms - job.ended_ms < state.expected_ms


def waiting_modals(tx: Tx, account: int) -> Iterator[tuple[Job, ModalSubmit]]:
    """Yield the open jobs of an account whose modal has not been submitted, oldest first, with the submit.

    A button that asks for a prompt takes two POSTs. The first presses the button, as any job is sent. The bot
    answers it with a modal, which arrives on the gateway and is stored with the first POST (`hear/intake`).
    The second POST submits the modal, before every waiting job and at most once (`dispatch`). The bot's
    messages then refer to the interaction of either POST.
    """
    for job_id, modal in modals.to_submit(tx, account):
        for job in jobs.readable(tx, [job_id]):
            yield job, filled(modal, job.command.prompt)


def filled(modal: ModalOffered, prompt: str | None) -> ModalSubmit:
    """Return a modal's submit: the prompt in its first text field, all other values unchanged."""
    if prompt is None or not modal.inputs:
        return ModalSubmit(modal)
    return ModalSubmit(modal, {modal.inputs[0].custom_id: prompt})


def pace_of(rails: GuardRails, state: SenderState) -> float:
    """Return the pace of an account: its own, else that of all; the longer one."""
    return max(rails.pace_s or 0, state.pace_s)


def next_post_at_ms(last_sent_ms: int, pace_s: float) -> int:
    """Return when an account may make its next POST."""
    return last_sent_ms + round(pace_s * 1000)


def retry_at_ms(tries: int, last_ms: int | None) -> int:
    """Return when a job whose POSTs never left, the last one at `last_ms`, may be tried again (else 0)."""
    return last_ms + retry_pause_ms(tries) if last_ms is not None else 0


def retry_pause_ms(tries: int) -> int:
    """Return the pause after so many failed attempts: 2, 4, 8 … seconds, at most a minute."""
    return min(LONGEST_PAUSE_MS, 1000 << min(tries, 10))
