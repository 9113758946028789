"""The table of the lifecycle, held against one that was written by hand."""

from dataclasses import replace
from typing import Final

import pytest

from bridge.jobs.job import IN_FLIGHT, OPEN, STATUS, Cause, Failure, Job, Said, State
from bridge.jobs.lifecycle import advance, after_the_end, is_visible
from bridge.jobs.signals import (
    Acknowledged,
    Cancelled,
    Claimed,
    Failed,
    Finished,
    GivenUp,
    Progressed,
    Refused,
    Returned,
    Signal,
    Started,
)
from tests.tools.jobs import (
    APOLOGY,
    ASSIGNED,
    ENDED,
    FAILED_IN,
    HALF_WAY,
    LATER_MS,
    NOW_MS,
    OWED_IN,
    SIGNALS,
    START,
    VIDEO,
    new_job,
)

# One row per state, one column per signal, in the order of SIGNALS; "-" changes nothing.
EXPECTED: Final = """
          Assigned Claimed Returned Acknowledged Started Progressed Finished  Refused   Declined Failed GivenUp  Cancelled
queued    waiting  -       -        -            -       -          -         -         -        failed given_up cancelled
waiting   -        sending -        -            -       -          -         -         -        failed given_up cancelled
sending   -        -       waiting  sent         started progress   completed moderated declined failed given_up cancelled
sent      -        -       -        -            started progress   completed moderated declined failed given_up cancelled
started   -        -       -        -            -       progress   completed moderated declined failed given_up cancelled
progress  -        -       -        -            -       progress   completed moderated declined failed given_up cancelled
completed -        -       -        -            -       -          -         -         -        -      -        -
moderated -        -       -        -            -       -          completed -         -        -      -        -
declined  -        -       -        -            -       -          completed -         -        -      -        -
failed    -        -       -        -            -       -          completed -         -        -      -        -
given_up  -        -       -        -            -       -          completed moderated -        -      -        -
cancelled -        -       -        -            -       -          -         -         -        -      -        -
"""  # noqa: E501 - a table is read along its rows


def table() -> list[tuple[State, Signal, State | None]]:
    head, *rows = (line.split() for line in EXPECTED.strip().splitlines())
    assert head == [type(signal).__name__ for signal in SIGNALS]
    return [
        (State(state), signal, None if cell == "-" else State(cell))
        for state, *cells in rows
        for signal, cell in zip(SIGNALS, cells, strict=True)
    ]


def job_in(state: State) -> Job:
    """Return a job that came to this state in an ordinary way."""
    return replace(
        new_job(),
        account=None if state is State.QUEUED else 1,
        state=state,
        is_owed=state in OWED_IN,
        said=START if state in {State.STARTED, State.PROGRESS} else None,
        failure=Failure(Cause.SILENCE, "earlier") if state in FAILED_IN else None,
        ended_ms=NOW_MS if state in ENDED else None,
    )


def test_the_table_holds_every_pair_of_state_and_signal() -> None:
    pairs = {(state, type(signal)) for state, signal, _ in table()}

    assert len(pairs) == len(State) * len(SIGNALS)


@pytest.mark.parametrize(("state", "signal", "expected"), table())
def test_a_signal_moves_a_job_as_the_table_says(state: State, signal: Signal, expected: State | None) -> None:
    job = job_in(state)

    after = advance(job, signal, LATER_MS)

    assert (after.state if after else None) is expected


@pytest.mark.parametrize(("state", "signal", "expected"), table())
def test_a_step_keeps_the_books(state: State, signal: Signal, expected: State | None) -> None:
    job = job_in(state)

    after = advance(job, signal, LATER_MS)

    if after is None:
        assert expected is None
        return
    assert after.updated_ms == LATER_MS
    assert after.ended_ms == (None if after.is_open else LATER_MS)
    assert after.is_late is (state not in OPEN)
    assert (after.failure is not None) is (after.state in FAILED_IN)


@pytest.mark.parametrize("state", [State.QUEUED, State.WAITING, *sorted(IN_FLIGHT)])
@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: type(signal).__name__)
def test_the_same_signal_a_second_time_changes_nothing(state: State, signal: Signal) -> None:
    once = advance(job_in(state), signal, LATER_MS) or job_in(state)

    twice = advance(once, signal, LATER_MS + 1)

    assert twice is None


@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_job_is_owed_from_the_send_until_the_bot_has_said_its_last_word(state: State) -> None:
    job = job_in(state)

    owed = {type(signal): after.is_owed for signal in SIGNALS if (after := advance(job, signal, LATER_MS))}

    assert owed.get(Claimed, True)
    assert not owed.get(Returned, False)
    assert not any(owed.get(word, False) for word in (Finished, Refused, Failed))
    assert {owed[GivenUp], owed[Cancelled]} == {state not in {State.QUEUED, State.WAITING}}
    assert all(owed.get(news, True) for news in (Acknowledged, Started, Progressed))


@pytest.mark.parametrize("signal", [signal for signal in SIGNALS if isinstance(signal, Finished | Refused)])
def test_a_late_result_of_a_job_that_was_given_up_is_taken_and_marked(signal: Signal) -> None:
    job = job_in(State.GIVEN_UP)

    after = advance(job, signal, LATER_MS)

    assert after is not None
    assert after.is_late
    assert not after.is_owed
    assert after.failure != job.failure
    assert is_visible(job, after)


def test_a_video_that_follows_a_private_notice_is_taken_and_a_refusal_only_settles_it() -> None:
    job = job_in(State.DECLINED)
    refusal = Refused(APOLOGY, Failure(Cause.MODERATED, "Apologies!"))

    finished = advance(job, Finished(VIDEO), LATER_MS)

    assert finished is not None
    assert (finished.state, finished.is_late, finished.failure) == (State.COMPLETED, True, None)
    assert advance(job, refusal, LATER_MS) is None
    assert after_the_end(job, refusal) == replace(job, is_owed=False)


def test_a_job_that_was_given_up_is_consumed_by_a_late_failure_without_moving() -> None:
    job = job_in(State.GIVEN_UP)
    signal = Failed(Failure(Cause.BOT_FAILED, "failed"))

    after = advance(job, signal, LATER_MS)
    consumed = after_the_end(job, signal)

    assert after is None
    assert consumed == replace(job, is_owed=False)


@pytest.mark.parametrize(
    "signal", [signal for signal in SIGNALS if isinstance(signal, Finished | Refused | Failed)]
)
def test_the_last_word_on_a_cancelled_job_is_consumed_and_nothing_else_changes(signal: Signal) -> None:
    job = job_in(State.CANCELLED)

    consumed = after_the_end(job, signal)

    assert consumed == replace(job, is_owed=False)
    assert after_the_end(consumed, signal) is None


@pytest.mark.parametrize("state", [State.CANCELLED, State.GIVEN_UP])
def test_how_the_bot_puts_the_words_of_a_job_that_is_over_is_kept_while_its_video_may_come(
    state: State,
) -> None:
    job = job_in(state)
    started = Started(START, {"prompt": "a kitten"})

    consumed = after_the_end(job, started)

    assert advance(job, started, LATER_MS) is None
    assert consumed is not None
    assert consumed == replace(job, echo=consumed.echo)
    assert consumed.echo.fits({"prompt": "a kitten"})
    assert after_the_end(replace(job, is_owed=False), started) is None
    assert after_the_end(consumed, started) is None


@pytest.mark.parametrize("state", [State.CANCELLED, State.GIVEN_UP])
def test_what_never_ran_is_no_longer_owed_although_the_job_has_ended_meanwhile(state: State) -> None:
    job = job_in(state)

    consumed = after_the_end(job, Returned())

    assert consumed == replace(job, is_owed=False)


@pytest.mark.parametrize("signal", [Claimed(), Acknowledged(), Started(START), Progressed(HALF_WAY)])
def test_what_is_not_the_last_word_leaves_a_cancelled_job_owed(signal: Signal) -> None:
    job = job_in(State.CANCELLED)

    consumed = after_the_end(job, signal)

    assert consumed is None


def test_a_result_that_shows_no_text_keeps_the_text_of_the_same_message() -> None:
    job = replace(job_in(State.STARTED), said=START)

    after = advance(job, Finished(Said(START.message_id)), LATER_MS)

    assert after is not None
    assert after.said == START


def test_a_result_in_another_message_says_only_what_that_message_says() -> None:
    job = replace(job_in(State.STARTED), said=START)

    after = advance(job, Finished(replace(VIDEO, content=None)), LATER_MS)

    assert after is not None
    assert after.said == replace(VIDEO, content=None)


def test_a_clock_that_goes_back_does_not_make_a_job_younger() -> None:
    job = job_in(State.SENT)

    after = advance(job, Started(START), NOW_MS - 60_000)

    assert after is not None
    assert after.updated_ms == NOW_MS


@pytest.mark.parametrize(("state", "signal"), [(State.WAITING, Claimed()), (State.SENDING, Acknowledged())])
def test_what_happens_between_the_bridge_and_discord_is_no_news_to_a_client(
    state: State, signal: Signal
) -> None:
    job = job_in(state)

    after = advance(job, signal, LATER_MS)

    assert after is not None
    assert not is_visible(job, after)


def test_every_state_has_a_status_of_the_contract() -> None:
    statuses = {"created", "started", "progress", "completed", "moderated", "failed", "cancelled"}

    shown = {STATUS[state] for state in State}

    assert shown == statuses


def test_progress_that_is_older_than_what_was_heard_changes_nothing() -> None:
    job = replace(
        new_job(), state=State.PROGRESS, said=replace(HALF_WAY, edited="2023-11-14T22:13:25.000000+00:00")
    )

    older = advance(
        job, Progressed(replace(HALF_WAY, content="20%", edited="2023-11-14T22:13:22+00:00")), LATER_MS
    )
    newer = advance(
        job, Progressed(replace(HALF_WAY, content="80%", edited="2023-11-14T22:13:27+00:00")), LATER_MS
    )

    assert older is None
    assert newer is not None
    assert newer.said is not None
    assert newer.said.content == "80%"


def test_a_job_that_is_given_an_account_shows_it() -> None:
    after = advance(job_in(State.QUEUED), ASSIGNED, LATER_MS)

    assert after is not None
    assert (after.account, after.channel, after.max_jobs) == (7, ASSIGNED.channel, 3)
    assert is_visible(job_in(State.QUEUED), after)
