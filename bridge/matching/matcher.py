"""Decides which job a message belongs to: by ids in order of trust, then by files and text; pure.

The order is: nonce, interaction id, a bound message; a foreign id ends the search; then repeated files, a
reference, and text last. Text decides only among owed jobs, if exactly one fits, or if all that fit are
interchangeable. A video for the account's user with similar words, or none, goes to the only job that fits.
Nothing is guessed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from bridge.chat import Message, snowflake_ms
from bridge.jobs.candidate import Candidate, files_of
from bridge.jobs.job import NOT_HEARD_OF, Job, State
from bridge.jobs.signals import Failed, Finished, Refused, Started
from bridge.jobs.verdict import OWN, Ambiguous, Foreign, Match, Rule, Verdict
from bridge.matching.words import nearest_in, nearest_to, repeating, saying, says_a_prompt
from bridge.pixverse.reading import Reading

EVENT_MS: Final = 15_000
"""How long after an interaction was accepted its own event may still arrive."""
REPEAT_MS: Final = 600_000
"""How long a message with the files of an earlier one may be a repeat of it."""
AT_ONCE_MS: Final = 10_000
"""The same while another job is owed that makes the same file: bots repeat messages at once."""
NO_JOB: Final = Foreign("matches no job")
NOT_THE_BOT: Final = "the author is not the bot"
NOT_OURS: Final = Foreign("the interaction is not the bridge's")


def match(message: Message, reading: Reading, candidates: Sequence[Candidate]) -> Verdict:
    """Return the verdict on a message."""
    candidates = _known_by_their_equals(candidates)
    found = _for_an_equal(_matched(message, reading, candidates), message, reading, candidates)
    return _of_ours(_unless_unknown(found, message, reading, candidates), candidates)


def _matched(message: Message, reading: Reading, candidates: Sequence[Candidate]) -> Verdict:
    if found := _by_id(message, candidates):
        return found
    if reason := _foreign(message, reading, candidates):
        return Foreign(reason)
    if answered := _by_own_reference(message, candidates) or _by_files(message, reading, candidates):
        return answered
    if message.interaction_id is None and (referred := _by_reference(message, reading, candidates)):
        return referred
    return _by_time_or_text(message, reading, candidates)


def confusable(one: Candidate | Job, other: Candidate | Job) -> bool:
    """Return whether two jobs look alike in the bot's last messages but are not interchangeable.

    Once the bot has reworded a job, it is still compared by its own words too, because the bot will reword
    the other one in the same way.
    """
    return one.fingerprint != other.fingerprint and one.echo.looks_like(other.echo)


def _known_by_their_equals(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return the jobs, each with the words by which the bot has repeated an equal job."""
    told: dict[str, list[Candidate]] = defaultdict(list)
    for job in candidates:
        told[job.fingerprint] += [job] if job.echo.heard else []
    return [
        replace(job, heard_of_equals=tuple(said for one in equals for said in one.echo.heard))
        if (equals := told[job.fingerprint]) and equals != [job]
        else job
        for job in candidates
    ]


def _for_an_equal(
    verdict: Verdict, message: Message, reading: Reading, candidates: Sequence[Candidate]
) -> Verdict:
    """Give the video of a job's own interaction to an owed equal job, if the job has that one's video."""
    match verdict, reading.signal:
        case Match(job_id=job_id, rule=rule), Finished() if rule in OWN:
            ended = next(job for job in candidates if job.job_id == job_id)
            equals = _owed_in_its_stead(ended, message, candidates)
            return _decided(equals, reading, Rule.EQUAL) if equals else verdict
    return verdict


def _owed_in_its_stead(
    ended: Candidate, message: Message, candidates: Iterable[Candidate]
) -> list[Candidate]:
    """Return the owed equals of a job whose video may be theirs, because no id proves that it is its own.

    An equal job may have got the video of another one that arrived first. A later video with other files is
    its own, and goes to the other job instead.
    """
    has_anothers = ended.state is State.COMPLETED and ended.files and not ended.has_own_video
    if not (ended.is_ours and has_anothers) or (files_of(message) or "") in ended.files:
        return []
    return [job for job in candidates if job.is_ours and job.is_owed and job.fingerprint == ended.fingerprint]


def _unless_unknown(
    verdict: Verdict, message: Message, reading: Reading, candidates: Sequence[Candidate]
) -> Verdict:
    """Return no match by similar words, or by few, if a job that nobody knows may be meant as well."""
    match verdict:
        case Match(job_id=job_id, rule=Rule.TEXT | Rule.REFERENCE | Rule.WINDOW):
            meant = [job for job in candidates if job.job_id == job_id and job.has_unknown_rivals]
            is_reply = any(message.reference_id in job.messages for job in meant)
            if meant and not is_reply and not repeating(reading, meant):
                return _undecided(meant)
    return verdict


def _of_ours(verdict: Verdict, candidates: Sequence[Candidate]) -> Verdict:
    """Return the verdict for this account's jobs: they get no message that may belong to others."""
    ours = {job.job_id for job in candidates if job.is_ours}
    match verdict:
        case Match(job_id=job_id) if job_id not in ours:
            return NOT_OURS
        case Ambiguous(job_ids=job_ids):
            meant = tuple(job_id for job_id in job_ids if job_id in ours)
            return Ambiguous(meant) if meant else NOT_OURS
    return verdict


def _by_id(message: Message, candidates: Sequence[Candidate]) -> Match | None:
    rules: list[tuple[Rule, Callable[[Candidate], bool]]] = [
        (Rule.NONCE, lambda job: message.nonce in job.nonces),
        (Rule.INTERACTION, lambda job: message.interaction_id in job.interactions),
        (Rule.MESSAGE, lambda job: message.id in job.messages),
    ]
    return next(
        (Match(job.job_id, rule) for rule, is_meant in rules for job in candidates if is_meant(job)), None
    )


def _by_files(message: Message, reading: Reading, candidates: Sequence[Candidate]) -> Match | None:
    """Match a repeat of a recent message by its files, unless it may be the video of an owed job."""
    files, said_ms = files_of(message) or "", snowflake_ms(message.id)
    known = [job for job in candidates if files in job.files]
    if not known:
        return None
    first = max(known, key=lambda job: job.files[files])
    others = [job for job in candidates if job.is_owed and job is not first]
    is_new = any(_is_new_from(message, job, first) for job in repeating(reading, others))
    is_anothers = bool(repeating(reading, others)) and not repeating(reading, [first])
    is_soon = said_ms - first.files[files] <= REPEAT_MS
    return Match(first.job_id, Rule.FILES) if is_soon and not (is_new or is_anothers) else None


def _is_new_from(message: Message, job: Candidate, first: Candidate) -> bool:
    """Return whether known files may be a new video for a job with the same words as the first one.

    It was sent after they were first posted; or its seed makes the same video, and some time has passed.
    """
    said_ms, first_ms = snowflake_ms(message.id), first.files[files_of(message) or ""]
    is_its_equal = job.is_seeded and job.fingerprint == first.fingerprint
    return first_ms < job.sent_ms < said_ms or (is_its_equal and said_ms - first_ms > AT_ONCE_MS)


def _foreign(message: Message, reading: Reading, candidates: Sequence[Candidate]) -> str | None:
    """Return why a message cannot belong to any job of this account, None if it can."""
    ours = frozenset().union(*(job.senders for job in candidates))
    bots = frozenset().union(*(job.authors for job in candidates))
    if message.author_is_bot is False or (bots and message.author_id not in bots):
        return NOT_THE_BOT
    if message.interaction_user_id is not None and message.interaction_user_id not in ours:
        return "the interaction is another user's"
    if reading.mentions and not reading.mentions & ours:
        return "another user is addressed"
    made = message.interaction_id
    if made is not None and not _is_near(message, made, reading, candidates):
        return NOT_OURS.reason
    return None


def _by_own_reference(message: Message, candidates: Sequence[Candidate]) -> Match | None:
    """Match a reply to a message of an owed job, before its files: their names may be another job's."""
    if message.interaction_id is not None or message.reference_id is None:
        return None
    owed = [job for job in candidates if job.is_owed and message.reference_id in job.messages]
    return Match(owed[0].job_id, Rule.REFERENCE) if owed else None


def _by_reference(message: Message, reading: Reading, candidates: Sequence[Candidate]) -> Verdict | None:
    """Match a message that refers to a job's message: to the job of its button, or to an owed equal job."""
    for reference in filter(None, (message.reference_id, message.interacted_message_id)):
        referred = next((job for job in candidates if reference in job.messages), None)
        if referred is None:
            continue
        children = [job for job in candidates if job.is_owed and job.parent == referred.job_id]
        if meant := saying(reading, children) or nearest_to(reading, children):
            return _decided(meant, reading, Rule.REFERENCE)
        equals = _owed_in_its_stead(referred, message, candidates)
        return _decided(repeating(reading, equals), reading, Rule.EQUAL)
    return None


def _by_time_or_text(message: Message, reading: Reading, candidates: Sequence[Candidate]) -> Verdict:
    if message.interaction_id is not None:
        return _by_window(message, message.interaction_id, reading, candidates)
    owed = [job for job in candidates if job.is_owed and job.was_sent_before(message)]
    expected = [job for job in owed if _is_expected(job, message)]
    if fitting := repeating(reading, expected) or repeating(reading, owed):
        return _by_repeated_words(fitting, expected, reading, Rule.TEXT)
    return _by_similar_words(message, reading, candidates)


def _by_repeated_words(
    fitting: Sequence[Candidate], others: Iterable[Candidate], reading: Reading, rule: Rule
) -> Verdict:
    """Decide for the jobs whose words are repeated, unless the message may belong to another one anyway.

    Another job whose POST has no answer can still be proven absent: the text does not count as a trace of it.
    """
    if meant := _cut_or_reworded(reading, fitting, others):
        return _undecided([*fitting, *(job for job in meant if job.state is not State.SENDING)])
    return _decided(fitting, reading, rule)


def _cut_or_reworded(
    reading: Reading, fitting: Sequence[Candidate], owed: Iterable[Candidate]
) -> Sequence[Candidate]:
    """Return other jobs, not confirmed yet, to which a text that repeats a job's words may belong anyway.

    The bot may have truncated a longer prompt to these words; or, if it rewrote one prompt, it may rewrite
    the other one to the same words. Its first message about each decides.
    """
    said = reading.echo or {}
    is_reworded = not any(job.echo.says(said) for job in fitting)
    others = [job for job in owed if job.is_not_heard_of and job not in fitting]
    return [job for job in others if job.echo.may_be_cut_to(said) or (is_reworded and job.echo.is_near(said))]


def _by_similar_words(message: Message, reading: Reading, candidates: Sequence[Candidate]) -> Verdict:
    """Match a video for the account's user that repeats no job exactly: its words are similar, or absent.

    It must have been posted after the job was sent, because no words prove that it is not an earlier job's.
    """
    jobs = [job for job in candidates if job.is_owed and _is_expected(job, message)]
    jobs = [job for job in jobs if job.sent_ms < snowflake_ms(message.id)]
    ours = frozenset().union(*(job.senders for job in jobs))
    is_for_us = reading.mentions & ours or message.interaction_user_id in ours
    if not isinstance(reading.signal, Finished) or not is_for_us:
        return NO_JOB
    over = _ended_lookalikes(jobs, candidates, files_of(message) or "")
    if repeating(reading, over):
        return Foreign("repeats an ended job's text")
    passing = nearest_to(reading, [job for job in jobs if not job.is_ours])
    if nearest := [*nearest_to(reading, jobs), *passing]:
        return _decided(nearest, reading, Rule.TEXT)
    return NO_JOB if nearest_to(reading, [*over]) else _by_few_words(reading, jobs)


def _ended_lookalikes(
    jobs: Sequence[Candidate], candidates: Iterable[Candidate], files: str
) -> Sequence[Candidate]:
    """Return ended jobs whose words the message may repeat, unless an owed job looks the same.

    Jobs that have exactly these files may be repeated in any case.
    """
    ended = [job for job in candidates if not job.is_owed]
    return [
        one for one in ended if files in one.files or not any(one.echo.looks_like(job.echo) for job in jobs)
    ]


def _by_few_words(reading: Reading, jobs: Sequence[Candidate]) -> Verdict:
    """Match a video with hardly any words of its job, if the bot has not shown yet how it rewords that job.

    It belongs to the only job there is. With several, the bot's later messages decide.
    """
    untold = [job for job in jobs if job.is_not_heard_of and job.echo.has_left(reading.echo or {})]
    if len({job.fingerprint for job in jobs}) > 1 and untold:
        return _undecided(untold)
    return _decided(untold, reading, Rule.TEXT)


def _by_window(
    message: Message, interaction_id: str, reading: Reading, candidates: Sequence[Candidate]
) -> Verdict:
    """Match an interaction with an unknown id by the time at which it was created.

    An early message without words may belong to another tool of the same person: the event of the bridge's
    own interaction will decide. A message that arrives when that event cannot arrive any more is taken for
    the bridge's; so is a refusal in the history.
    """
    owed = [job for job in candidates if job.is_owed]
    in_window = [job for job in owed if job.is_in_window(interaction_id)]
    is_late = snowflake_ms(message.id) - snowflake_ms(interaction_id) > EVENT_MS
    is_told = message.is_history and isinstance(reading.signal, Refused | Failed)
    if in_window and not reading.echo and not (is_late or is_told):
        return _undecided(in_window)
    if fitting := repeating(reading, in_window):
        others = [job for job in in_window if job.is_in_accepted_window(interaction_id)]
        return _by_repeated_words(fitting, others, reading, Rule.WINDOW)
    if fitting := saying(reading, in_window):
        return _decided(fitting, reading, Rule.WINDOW)
    if found := _rewritten(reading, interaction_id, in_window):
        return found
    if far := _within_clock_error(message, interaction_id, reading, owed):
        return _undecided(far)
    return _decided(_ended_in_window(interaction_id, reading, candidates), reading, Rule.WINDOW)


def _rewritten(reading: Reading, interaction_id: str, in_window: list[Candidate]) -> Verdict | None:
    """Match a prompt that the bot has rewritten, if Discord accepted a similar job at that time.

    The acceptance is the evidence: if an unconfirmed job is more similar, the message may belong to that one,
    and nothing is decided. An equal job causes no doubt.
    """
    if reading.echo is None:
        return None
    alike = [job for job in in_window if job.echo.is_near(reading.echo)]
    if not any(job.is_in_accepted_window(interaction_id) for job in alike):
        return None
    nearest = nearest_in(reading.echo, alike)
    known = [job for job in nearest if job.is_in_accepted_window(interaction_id)]
    are_known = {job.fingerprint for job in known} == {job.fingerprint for job in nearest}
    return _decided(known, reading, Rule.WINDOW) if are_known else _undecided(nearest)


def _within_clock_error(
    message: Message, interaction_id: str, reading: Reading, jobs: list[Candidate]
) -> list[Candidate]:
    """Return the jobs with matching words and user, within the possible difference of the clocks.

    This decides nothing: the person may have run the same command by hand. The next interaction decides.
    """
    return [
        job
        for job in repeating(reading, jobs)
        if message.interaction_user_id in job.senders and job.is_in_loose_window(interaction_id)
    ]


def _undecided(jobs: Iterable[Candidate]) -> Ambiguous:
    return Ambiguous(tuple(job.job_id for job in jobs))


def _decided(jobs: Sequence[Candidate], reading: Reading, rule: Rule) -> Verdict:
    if not jobs:
        return NO_JOB
    if len({job.fingerprint for job in jobs}) > 1:
        return _undecided(jobs)
    is_start = isinstance(reading.signal, Started)
    return Match(min(jobs, key=lambda job: _precedence(job, is_start=is_start)).job_id, rule)


def _precedence(job: Candidate, *, is_start: bool) -> tuple[int, bool, int]:
    """Return the sort key of interchangeable jobs: open first, then given up, then cancelled; oldest first.

    A first message goes to a job that has not started, if there is one.
    """
    ranks = {State.DECLINED: 1, State.GIVEN_UP: 1, State.CANCELLED: 2}
    return ranks.get(job.state, 0), is_start and job.state not in NOT_HEARD_OF, job.number


def _is_expected(job: Candidate, message: Message) -> bool:
    """Return whether a job's video was expected when a message was posted: look-alikes wait that long."""
    return job.ended_ms is None or snowflake_ms(message.id) - job.ended_ms < job.expected_ms


def _is_near(
    message: Message, interaction_id: str, reading: Reading, candidates: Sequence[Candidate]
) -> bool:
    """Return whether an interaction may be one of the bridge's whose id is unknown."""
    owed = [job for job in candidates if job.is_owed]
    is_in_window = any(job.is_in_window(interaction_id) for job in owed)
    is_far = bool(_within_clock_error(message, interaction_id, reading, owed))
    return is_in_window or is_far or bool(_ended_in_window(interaction_id, reading, candidates))


def _ended_in_window(
    interaction_id: str, reading: Reading, candidates: Iterable[Candidate]
) -> Sequence[Candidate]:
    """Return ended jobs with an unknown interaction id that may have created this interaction.

    Such a job got the video of an equal job, so its own interaction is not one from outside the bridge.
    """
    ended = [job for job in candidates if not job.is_owed and job.is_in_window(interaction_id)]
    fitting = repeating(reading, ended) if says_a_prompt(reading) else []
    return fitting if len({job.fingerprint for job in fitting}) == 1 else []
