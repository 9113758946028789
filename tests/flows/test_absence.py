"""What did not run is proven absent, by no less than the proof asks for, and then given up."""

import pytest

from bridge.chat import LOADING
from bridge.flows.end.giving_up import READS, UnprovenJobs
from bridge.flows.hear.catch_up import CatchUp, Reach
from bridge.flows.hear.intake import Intake
from bridge.flows.timing import STANDARD
from bridge.jobs.job import Cause, State
from bridge.store.rows import interactions
from tests.flows.conftest import Rig

SETTLED_S = 20


@pytest.fixture
def under_way() -> list[str]:
    """The job whose send is under way, if there is one."""
    return []


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.context)


@pytest.fixture
def doubt(rig: Rig, intake: Intake, under_way: list[str]) -> UnprovenJobs:
    catch_up = CatchUp(rig.context, lambda page: intake.take_page(page, rig.now()))
    sending = lambda: under_way[0] if under_way else None  # noqa: E731 - as the dispatcher tells it
    question = intake.in_question
    return UnprovenJobs(rig.context, catch_up.run, sending, question)


def test_the_proof_is_two_reads_at_least_twenty_seconds_after_the_send() -> None:
    assert (STANDARD.absent_after_ms, READS) == (20_000, 2)


async def test_what_two_reads_do_not_show_is_given_up_as_unknown_and_stays_owed(
    rig: Rig, doubt: UnprovenJobs
) -> None:
    await rig.sending()
    rig.clock.pass_s(SETTLED_S + 1)

    await doubt.sweep()
    after_one_read = (await rig.job()).state
    await doubt.sweep()

    job = await rig.job()
    assert job.failure is not None
    assert after_one_read is State.SENDING
    assert (job.state, job.failure.cause, job.is_owed) == (State.GIVEN_UP, Cause.UNKNOWN_OUTCOME, True)
    assert len(rig.session.asked) == READS


async def test_nothing_is_read_or_given_up_before_the_channel_has_had_time_to_show_it(
    rig: Rig, doubt: UnprovenJobs
) -> None:
    await rig.sending()
    rig.clock.pass_s(SETTLED_S)

    for _ in range(5):
        await doubt.sweep()

    assert rig.session.asked == []
    assert (await rig.job()).state is State.SENDING


async def test_the_time_counts_from_the_answer_that_told_nothing(rig: Rig, doubt: UnprovenJobs) -> None:
    await rig.sending()
    rig.clock.pass_s(15)
    await rig.database.write(lambda tx: interactions.answered(tx, "nonce-1", "unknown", rig.clock.now_ms()))
    rig.clock.pass_s(SETTLED_S - 1)

    for _ in range(5):
        await doubt.sweep()

    assert (await rig.job()).state is State.SENDING


async def test_a_read_that_discord_refuses_counts_for_nothing(rig: Rig, doubt: UnprovenJobs) -> None:
    await rig.sending()
    rig.clock.pass_s(SETTLED_S + 1)
    rig.session.is_mute = True

    for _ in range(5):
        await doubt.sweep()

    assert (await rig.job()).state is State.SENDING


async def test_a_message_that_could_be_of_several_jobs_could_be_of_this_one(
    rig: Rig, intake: Intake, doubt: UnprovenJobs
) -> None:
    await rig.sent(1, negative_prompt="dogs")
    await rig.sent(2, negative_prompt="birds")
    await rig.sending(3)
    await intake.take(rig.completion(), rig.now())
    rig.clock.pass_s(SETTLED_S + 1)

    for _ in range(5):
        await doubt.sweep()

    assert (await rig.job(3)).state is State.SENDING


async def test_a_message_that_could_be_of_others_only_keeps_no_job_in_doubt(
    rig: Rig, intake: Intake, doubt: UnprovenJobs
) -> None:
    await a_stray_beside_a_doubt(rig, intake)

    for _ in range(READS):
        await doubt.sweep()

    assert [(await rig.job(number)).state for number in (1, 2, 3)] == [State.SENT, State.SENT, State.GIVEN_UP]


async def a_stray_beside_a_doubt(rig: Rig, intake: Intake) -> None:
    """A message that could be of two jobs, and a third one of which nothing is known."""
    await rig.sent(1, negative_prompt="dogs")
    await rig.sent(2, negative_prompt="birds")
    await rig.sending(3, "a horse at sea")
    await intake.take(rig.completion(), rig.now())
    rig.clock.pass_s(SETTLED_S + 1)


async def test_nothing_is_proven_absent_while_there_is_no_room_for_what_cannot_be_decided(
    rig: Rig, intake: Intake, doubt: UnprovenJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.store.rows.messages.MOST_STRAYS", 1)
    await a_stray_beside_a_doubt(rig, intake)

    for _ in range(READS):
        await doubt.sweep()

    assert (await rig.job(3)).state is State.SENDING


async def test_nothing_is_said_of_a_send_that_is_still_under_way(
    rig: Rig, doubt: UnprovenJobs, under_way: list[str]
) -> None:
    await rig.sending()
    under_way.append("job-1")
    rig.clock.pass_s(SETTLED_S + 1)

    for _ in range(5):
        await doubt.sweep()
    while_under_way = (await rig.job()).state
    under_way.clear()
    for _ in range(READS):
        await doubt.sweep()

    assert while_under_way is State.SENDING
    assert (await rig.job()).state is State.GIVEN_UP


async def test_a_send_that_gets_under_way_again_is_not_given_up_on_what_was_read_before(
    rig: Rig, doubt: UnprovenJobs, under_way: list[str]
) -> None:
    await rig.sending(1)
    await rig.sending(2, "a dog")
    rig.clock.pass_s(SETTLED_S + 1)
    await doubt.sweep()
    under_way.append("job-1")

    await doubt.sweep()

    assert [(await rig.job(number)).state for number in (1, 2)] == [State.SENDING, State.GIVEN_UP]


async def test_a_word_that_comes_right_behind_the_last_read_is_believed(rig: Rig, intake: Intake) -> None:
    async def read_and_hear() -> Reach:
        await intake.take(rig.says("", flags=LOADING, nonce="nonce-1"), rig.now())
        return Reach.WHOLE

    await rig.sending()
    reads = [whole, read_and_hear]
    doubt = UnprovenJobs(rig.context, lambda: reads.pop(0)(), lambda: None, intake.in_question)
    rig.clock.pass_s(SETTLED_S + 1)

    await doubt.sweep()
    await doubt.sweep()

    assert reads == []
    assert (await rig.job()).state is State.SENT


async def whole() -> Reach:
    return Reach.WHOLE
