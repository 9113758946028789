"""What a message may belong to, with everything that the matcher compares.

These are jobs, and interactions that the account's user runs outside the bridge.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bridge.chat import Message, snowflake_ms
from bridge.jobs.candidate import EXPECTED_MS, SKEW_MS, Candidate
from bridge.jobs.echo import AnyWords, Echo
from bridge.jobs.job import Job, State
from bridge.jobs.post import NO_ANSWER_WINDOW_MS, UNKNOWN_CLOCK_DIFFERENCE_MS, Post, Window
from bridge.jobs.signals import LAST_WORDS
from bridge.jobs.verdict import BY_ID, OWN
from bridge.matching.matcher import REPEAT_MS
from bridge.pixverse.reading import Reading
from bridge.store.database import Tx
from bridge.store.rows import interactions, jobs, messages, passing, restored
from bridge.store.rows.jobs import Columns, UnreadableJob
from bridge.store.rows.messages import BoundMessage
from bridge.store.rows.passing import PassingInteraction

HAD_A_VIDEO = frozenset({State.COMPLETED, State.CANCELLED})


def candidates(tx: Tx, account: int, message: Message, expected_ms: int = EXPECTED_MS) -> Sequence[Candidate]:
    """Return the candidates of an account for a message."""
    return Candidates(tx, account, expected_ms).of(message)


class Candidates:
    """The candidates for messages of an account; each job is loaded once per transaction.

    `expected_ms`: how long a video is expected after a job has ended without one.
    """

    def __init__(self, tx: Tx, account: int, expected_ms: int = EXPECTED_MS) -> None:
        self._tx = tx
        self._account = account
        self._expected_ms = expected_ms
        self._ahead_ms = interactions.ahead_ms(tx) or 0
        self._loaded: dict[str, Candidate | None] = {}
        owed, unreadable = jobs.all_owed(tx, account)
        for job in owed:
            self._loaded[job.id] = candidate(tx, job, self._ahead_ms, self._expected_ms)
        for columns in unreadable:
            self._loaded[columns.id] = _unread(tx, columns, self._ahead_ms, self._expected_ms)
        self._always = dict.fromkeys((*self._loaded, *jobs.parents_of(tx, account)))

    def of(self, message: Message) -> Sequence[Candidate]:
        """Return every owed job and its parent, and the jobs that the ids of a message match or may match.

        A matching job of another account is marked as such: accounts of one token receive the same messages.
        A video without an id may be a repeat, or belong to an interaction that the user ran outside the
        bridge.
        """
        named = _named(self._tx, self._account, message, self._ahead_ms)
        known = dict.fromkeys((*self._always, *named))
        found = [one for job_id in known if (one := self._candidate(job_id))]
        found += self._recently_ended(message, found)
        if not self._may_be_unknown(message, found):
            return found
        return [replace(one, has_unknown_rivals=True) for one in found]

    def _may_be_unknown(self, message: Message, found: Sequence[Candidate]) -> bool:
        """Return whether a message may belong to a job of which a restored database knows nothing.

        It is asked only of messages that no id of an interaction decides.
        """
        made = message.interaction_id
        is_guessed = message.attachments or message.reference_id or message.interacted_message_id
        if not (_is_in_doubt(message, found) if made is not None else is_guessed):
            return False
        since_ms, until_ms = restored.unknown_time(self._tx) or (0, 0)
        said_ms = snowflake_ms(made or message.id) + self._ahead_ms
        more_ms = SKEW_MS if made is not None else self._expected_ms
        return since_ms - SKEW_MS <= said_ms <= until_ms + more_ms

    def _candidate(self, job_id: str) -> Candidate | None:
        if job_id not in self._loaded:
            self._loaded[job_id] = self._load(job_id)
        return self._loaded[job_id]

    def _load(self, job_id: str) -> Candidate | None:
        try:
            job = jobs.by_id(self._tx, job_id)
        except UnreadableJob as error:
            found = _unread(self._tx, error.job, self._ahead_ms, self._expected_ms)
            account = error.job.account
        else:
            if job is None:
                return None
            found = candidate(self._tx, job, self._ahead_ms, self._expected_ms)
            account = job.account
        return replace(found, is_ours=account == self._account)

    def _recently_ended(self, message: Message, found: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return other jobs that got a video recently, and interactions from outside the bridge.

        How the bot has worded a finished job helps to assign an interaction without a known id.
        """
        is_plain = _is_plain_video(message)
        if not is_plain and not _is_in_doubt(message, found):
            return []
        known = {one.job_id for one in found}
        said_ms = snowflake_ms(message.id) + self._ahead_ms
        over = jobs.ended_since(self._tx, self._account, said_ms - REPEAT_MS)
        had_one = [job for job in over if job.id not in known and job.state in HAD_A_VIDEO]
        beside = _passing(self._tx, self._account, message, self._expected_ms) if is_plain else ()
        return [*map(_ended_candidate, had_one), *beside]


def pass_by(tx: Tx, account: int, message: Message, reading: Reading) -> bool:
    """Store an interaction from outside the bridge, or delete it if the message ends it: then return True.

    Only those of the account's own user count: messages for others mention their user. The newest POST shows
    who the user is; before there is one, all interactions are stored.
    """
    made, sender = message.interaction_id, message.interaction_user_id
    if made is None or sender is None:
        return False
    if isinstance(reading.signal, LAST_WORDS):
        return passing.delete(tx, account, made)
    ours = interactions.last_senders(tx, account)
    if not ours or sender in ours:
        beside = PassingInteraction(made, message.id, sender, snowflake_ms(made), reading.echo or {})
        passing.keep(tx, account, beside)
    return False


def candidate(tx: Tx, job: Job, ahead_ms: int = 0, expected_ms: int = EXPECTED_MS) -> Candidate:
    """Return the candidate of a job; `ahead_ms` is how far the local clock is ahead of Discord's."""
    return replace(
        _without_words(tx, job, job.state, ahead_ms, expected_ms),
        fingerprint=job.fingerprint,
        echo=job.echo,
        is_seeded=job.command.is_seeded,
    )


def _unread(tx: Tx, job: Columns, ahead_ms: int, expected_ms: int) -> Candidate:
    """Return the candidate of an unreadable job: its ids, and words that match any text.

    Its video is expected for as long as that of an ended job.
    """
    over = State.COMPLETED if job.ended_ms is not None else State.SENT
    state = State(job.state) if job.state in {*State} else over
    found = replace(_without_words(tx, job, state, ahead_ms, expected_ms), is_readable=False)
    if not job.is_owed:
        return found
    return replace(
        found, echo=AnyWords(), ended_ms=found.sent_ms if found.ended_ms is None else found.ended_ms
    )


def _without_words(tx: Tx, job: Job | Columns, state: State, ahead_ms: int, expected_ms: int) -> Candidate:
    """Return the candidate of a job without its words."""
    posts, bound = interactions.of_job(tx, job.id), messages.of_job(tx, job.id)
    nameless = [post for post in posts if not post.is_void and not post.interaction_id]
    ended_ms = None if job.ended_ms is None else job.ended_ms - ahead_ms
    made_at_ms = ended_ms if ended_ms is not None and state is State.COMPLETED else 0
    return Candidate(
        job_id=job.id,
        number=job.number,
        state=state,
        is_owed=job.is_owed,
        fingerprint=job.id,
        echo=Echo(),
        parent=job.parent,
        nonces=_set(post.nonce for post in posts),
        interactions=_set(post.interaction_id for post in posts),
        messages=_set(one.id for one in bound),
        files={one.files: _said_ms(one, made_at_ms) for one in bound if one.files},
        has_own_video=any(one.files and one.rule in OWN for one in bound),
        authors=_set(one.author for one in bound if one.rule in BY_ID),
        senders=_set(post.sender for post in posts),
        sent_ms=min(
            (post.made_ms(ahead_ms) for post in posts if not post.is_void),
            default=job.created_ms - ahead_ms,
        ),
        ended_ms=ended_ms,
        expected_ms=expected_ms,
        windows=tuple(_window(post, ahead_ms) for post in nameless),
        taken=tuple(_window(post, ahead_ms) for post in nameless if post.answer == "taken"),
        slack_ms=UNKNOWN_CLOCK_DIFFERENCE_MS,
    )


def _passing(tx: Tx, account: int, message: Message, expected_ms: int) -> Sequence[Candidate]:
    """Return outside interactions of the last `expected_ms` that a message without ids may belong to."""
    said_ms, ours = snowflake_ms(message.id), interactions.last_senders(tx, account)
    begun = passing.begun_between(tx, account, said_ms - expected_ms, said_ms)
    return [
        Candidate(
            job_id=one.id,
            number=0,
            state=State.STARTED,
            is_ours=False,
            is_owed=True,
            fingerprint=one.id,
            echo=Echo(one.words),
            messages=frozenset({one.message_id}),
            senders=frozenset({one.sender}),
            sent_ms=one.at_ms,
        )
        for one in begun
        if one.sender in ours
    ]


def _ended_candidate(job: Job) -> Candidate:
    """Return the candidate of a job that has its video: only its words are compared."""
    return Candidate(
        job_id=job.id,
        number=job.number,
        state=job.state,
        is_owed=False,
        fingerprint=job.fingerprint,
        echo=job.echo,
    )


def _is_in_doubt(message: Message, found: Sequence[Candidate]) -> bool:
    """Return whether only the time connects a message's interaction with an owed job."""
    made = message.interaction_id
    if made is None or any(made in job.interactions for job in found):
        return False
    return any(job.is_owed and job.is_in_window(made) for job in found)


def _is_plain_video(message: Message) -> bool:
    return bool(message.attachments) and message.interaction_id is None and message.nonce is None


def _said_ms(message: BoundMessage, made_at_ms: int) -> int:
    """Return when files were first posted: an edit can add them to a much older message."""
    return max(snowflake_ms(message.id), made_at_ms)


def _named(tx: Tx, account: int, message: Message, ahead_ms: int) -> Iterable[str]:
    """Return the jobs with an id or the files of a message, or with a POST without an id at its time."""
    if message.interaction_id is None:
        return messages.jobs_named(tx, account, message, None)
    posted_ms = snowflake_ms(message.interaction_id) + ahead_ms
    posted = posted_ms - NO_ANSWER_WINDOW_MS - SKEW_MS, posted_ms + SKEW_MS
    return messages.jobs_named(tx, account, message, posted)


def _window(post: Post, ahead_ms: int) -> Window:
    began_ms, ended_ms = post.window
    return began_ms - ahead_ms, ended_ms - ahead_ms


def _set(values: Iterable[str | None]) -> frozenset[str]:
    return frozenset(value for value in values if value)
