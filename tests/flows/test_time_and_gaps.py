"""Silence counts while the account listens; a gap is read page by page."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bridge.accounts.stopwatch import STRIDE_MS, Stopwatch
from bridge.chat import Message, snowflake_at
from bridge.flows.end.cancel import Cancel
from bridge.flows.end.expire import OWED_MS, ExpireOwed
from bridge.flows.end.giving_up import SilentJobs
from bridge.flows.hear.catch_up import MARGIN_MS, MOST_PAGES, PAGE, CatchUp, Reach
from bridge.flows.hear.intake import Intake
from bridge.jobs.job import Cause, State
from bridge.store.rows import interactions
from tests.flows.conftest import CHANNEL, USER, Rig, nothing_in_question
from tests.tools.hand_clock import START_MS

START = f"<@{USER}> We are making videos. (prompt: a cat style: Realistic) Author: <@{USER}>"


@pytest.fixture
def silence(rig: Rig) -> SilentJobs:
    intake = Intake(rig.context)
    reading = CatchUp(rig.context, lambda page: intake.take_page(page, rig.now()))
    return SilentJobs(rig.context, reading.run, nothing_in_question)


@pytest.fixture
def taken() -> list[Message]:
    return []


@pytest.fixture
def catch_up(rig: Rig, taken: list[Message]) -> CatchUp:
    async def take(page: Sequence[Message]) -> None:
        taken.extend(page)

    return CatchUp(rig.context, take)


async def test_an_outage_of_a_day_fails_nothing(rig: Rig, silence: SilentJobs) -> None:
    await rig.sent()

    rig.clock.pass_s(86_400)
    await silence.sweep()

    assert (await rig.job()).state is State.SENT


async def test_silence_while_listening_gives_a_job_up_and_it_stays_owed(
    rig: Rig, silence: SilentJobs
) -> None:
    await rig.sent()

    rig.listened_ms = 1_800_000
    await silence.sweep()
    just_before = (await rig.job()).state
    rig.listened_ms += 1
    await silence.sweep()

    job = await rig.job()
    assert just_before is State.SENT
    assert job.failure is not None
    assert (job.state, job.failure.cause, job.is_owed) == (State.GIVEN_UP, Cause.SILENCE, True)


async def test_a_word_of_the_bot_ends_the_silence(rig: Rig, silence: SilentJobs) -> None:
    await rig.sent()
    rig.listened_ms = 1_800_000
    await Intake(rig.context).take(rig.says(START), rig.now())

    rig.listened_ms += 1_800_000
    await silence.sweep()

    assert (await rig.job()).state is State.STARTED


async def test_what_looks_like_silence_is_looked_for_in_the_history_first(
    rig: Rig, silence: SilentJobs
) -> None:
    await rig.sent()
    rig.session.said = [rig.completion()]

    rig.listened_ms = 1_800_001
    await silence.sweep()

    job = await rig.job()
    assert (job.state, job.is_late) == (State.COMPLETED, False)


async def test_old_words_that_are_read_again_do_not_break_the_silence(rig: Rig, silence: SilentJobs) -> None:
    await rig.sent()
    start = rig.says(START, nonce="nonce-1")
    await Intake(rig.context).take(start, rig.now())
    rig.session.said = [start]

    rig.listened_ms = 1_800_001
    await silence.sweep()

    assert (await rig.job()).state is State.GIVEN_UP


async def test_a_live_word_that_changes_nothing_breaks_the_silence(rig: Rig, silence: SilentJobs) -> None:
    await rig.sent()
    intake = Intake(rig.context)
    await intake.take(rig.says(START, nonce="nonce-1"), rig.now())
    rig.listened_ms = 1_800_000
    await intake.take(rig.says(START, nonce="nonce-1", is_edit=True), rig.now())

    rig.listened_ms += 1_800_000
    await silence.sweep()

    assert (await rig.job()).state is State.STARTED


async def test_a_job_is_not_given_up_before_a_long_history_is_read_to_its_end(
    rig: Rig, silence: SilentJobs
) -> None:
    await rig.sent()
    chatter = [rig.says("chat", after_s=3 + number / 100) for number in range(MOST_PAGES * PAGE)]
    rig.session.said = [*chatter, rig.completion()]
    rig.listened_ms = 1_800_001

    await silence.sweep()
    half_way = (await rig.job()).state
    await silence.sweep()

    assert (half_way, (await rig.job()).state) == (State.SENT, State.COMPLETED)


async def test_a_history_that_is_not_given_keeps_no_silent_job_open(rig: Rig, silence: SilentJobs) -> None:
    await rig.sent()
    rig.session.is_mute = True

    rig.listened_ms = 1_800_001
    await silence.sweep()

    assert (await rig.job()).state is State.GIVEN_UP


async def test_what_waits_is_not_silent(rig: Rig, silence: SilentJobs) -> None:
    await rig.waiting()

    rig.listened_ms = 10_000_000
    await silence.sweep()

    assert (await rig.job()).state is State.WAITING


async def test_a_cancelled_job_is_owed_for_a_day(rig: Rig) -> None:
    oblivion = ExpireOwed(rig.context)
    await rig.sent()
    await Cancel(rig.database, rig.notifier, rig.now).run("default", "job-1")

    rig.clock.pass_s(OWED_MS / 1000)
    await oblivion.sweep()
    after_a_day = (await rig.job()).is_owed
    rig.clock.pass_s(1)
    await oblivion.sweep()

    assert after_a_day
    assert not (await rig.job()).is_owed


async def test_cancelling_twice_or_in_another_tenant_changes_nothing(rig: Rig) -> None:
    await rig.sent()
    cancel = Cancel(rig.database, rig.notifier, rig.now)

    foreign = await cancel.run("another", "job-1")
    once = await cancel.run("default", "job-1")
    twice = await cancel.run("default", "job-1")

    assert foreign is None
    assert once is not None
    assert twice is not None
    assert (once.state, twice.state, twice.revision) == (State.CANCELLED, State.CANCELLED, once.revision)


def test_listening_time_stands_still_while_nobody_listens() -> None:
    listening = Stopwatch(1_000)

    listening.start(10_000)
    listening.start(10_500)
    listening.stop(11_000)
    listening.start(60_000)

    assert listening.total_ms(60_500) == 2_500


def test_a_machine_that_slept_has_not_listened_meanwhile() -> None:
    listening = Stopwatch(0)
    listening.start(0)

    listening.tick(5_000)
    asleep_ms = 8 * 3_600_000
    listening.tick(asleep_ms)
    listening.tick(asleep_ms + 5_000)

    assert listening.total_ms(asleep_ms + 6_000) == 5_000 + STRIDE_MS + 6_000


async def test_nothing_is_read_when_nothing_is_owed(rig: Rig, catch_up: CatchUp) -> None:
    await rig.waiting()

    assert await catch_up.run() is Reach.WHOLE
    assert rig.session.asked == []


async def test_a_gap_is_read_from_before_the_oldest_send_page_by_page(
    rig: Rig, catch_up: CatchUp, taken: list[Message]
) -> None:
    await rig.sent()
    await rig.database.write(lambda tx: interactions.created(tx, "nonce-1", snowflake_at(START_MS)))
    rig.session.said = [rig.says(str(number), after_s=number) for number in range(2 * PAGE + 1)]

    assert await catch_up.run() is Reach.WHOLE

    pages = [
        snowflake_at(START_MS - MARGIN_MS),
        rig.session.said[PAGE - 1].id,
        rig.session.said[2 * PAGE - 1].id,
    ]
    assert rig.session.asked == pages
    assert [message.content for message in taken] == [str(number) for number in range(2 * PAGE + 1)]
    assert all(message.is_history for message in taken)


async def test_known_messages_are_read_again_since_history_hides_edits(
    rig: Rig, catch_up: CatchUp, taken: list[Message]
) -> None:
    await rig.sent()
    known = Message(snowflake_at(START_MS - 3_600_000), CHANNEL, content=START, nonce="nonce-1")
    await Intake(rig.context).take(known, rig.now())
    rig.session.said = [replace(known, content="edited")]

    assert await catch_up.run() is Reach.WHOLE

    assert [(message.content, message.is_edit, message.is_history) for message in taken] == [
        ("edited", True, True)
    ]


async def test_a_history_that_is_not_given_is_said(rig: Rig, catch_up: CatchUp) -> None:
    await rig.sent()
    rig.session.is_mute = True

    assert await catch_up.run() is Reach.NONE
