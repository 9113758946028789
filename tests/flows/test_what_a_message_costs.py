"""What a message costs does not grow: not with jobs, not with strays, and what people write costs nothing."""

from dataclasses import replace

import pytest

from bridge.chat import Message
from bridge.flows.hear.intake import Intake
from bridge.jobs.job import State
from bridge.store.database import Tx
from bridge.store.rows import jobs, messages
from tests.flows.conftest import USER, Rig
from tests.tools.counting import counting

FIRST = f"We are making (prompt: a cat style: Realistic) Author: <@{USER}>)"


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.context)


async def started(rig: Rig, intake: Intake) -> Message:
    """Let the bot begin the first job; return its message."""
    await rig.sent(1)
    message = rig.says(FIRST, nonce="nonce-1")
    await intake.take(message, rig.now())
    return message


def percent(message: Message, number: int) -> Message:
    return replace(message, is_edit=True, content=FIRST.replace("We are making", f"{number} %"), nonce=None)


async def look_alikes(rig: Rig) -> None:
    """Send two jobs of which the last text of the bot does not tell which it is about."""
    await rig.sent(2, prompt="a dog")
    await rig.sent(3, prompt="a dog", negative_prompt="rain")


def keep_strays(tx: Tx, rig: Rig) -> None:
    """Keep as many videos as there is room for that may be of either look-alike."""
    for number in range(messages.MOST_STRAYS):
        message = rig.completion("a dog", after_s=60 + number, name=f"{number}.mp4")
        assert messages.keep_stray(tx, rig.account.id, message, rig.clock.now_ms())


async def with_strays(rig: Rig, intake: Intake, count: int) -> None:
    """Hear so many videos that may be of either look-alike."""
    await look_alikes(rig)
    for number in range(count):
        await intake.take(rig.completion("a dog", after_s=60 + number, name=f"{number}.mp4"), rig.now())


async def test_what_people_write_is_counted_and_costs_no_statement(
    rig: Rig, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.sent()

    with counting(monkeypatch) as count:
        await intake.take(rig.says("hello", author_is_bot=False), rig.now())

    assert len(count) == 0
    assert dict(intake.ignored) == {"the author is not the bot": 1}


async def test_two_hundred_strays_cost_a_message_of_another_job_no_statement(
    rig: Rig, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look_alikes(rig)
    await rig.sent(4, prompt="a bird")
    message = await started(rig, intake)
    with counting(monkeypatch) as edit_before:
        await intake.take(percent(message, 3), rig.now())
    with counting(monkeypatch) as video_before:
        await intake.take(rig.completion("a bird", after_s=20, name="bird.mp4", nonce="nonce-4"), rig.now())
    await rig.database.write(lambda tx: keep_strays(tx, rig))
    begun_anew = Intake(rig.context)
    await begun_anew.retry_strays(rig.now())

    with counting(monkeypatch) as edit:
        await begun_anew.take(percent(message, 6), rig.now())
    with counting(monkeypatch) as video:
        await begun_anew.take(rig.completion(after_s=500, name="end.mp4", nonce="nonce-1"), rig.now())

    assert (await rig.job(1)).state is State.COMPLETED
    assert len(edit) == len(edit_before)
    assert len(video) <= len(video_before)
    assert len(await begun_anew.in_question()) == messages.MOST_STRAYS


async def test_a_message_of_a_known_job_costs_the_same_however_many_jobs_run(
    rig: Rig, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await started(rig, intake)
    with counting(monkeypatch) as alone:
        await intake.take(percent(message, 3), rig.now())
    for number in range(2, 12):
        await rig.sent(number, prompt=f"a dog {number}")

    with counting(monkeypatch) as among_many:
        await intake.take(percent(message, 6), rig.now())

    assert len(among_many) == len(alone) <= 6


async def test_a_job_that_ends_decides_the_strays_that_could_have_been_of_it(
    rig: Rig, intake: Intake
) -> None:
    await started(rig, intake)
    await with_strays(rig, intake, 1)

    await intake.take(rig.completion("a dog", after_s=90, name="rain.mp4", nonce="nonce-3"), rig.now())

    assert [(await rig.job(number)).state for number in (2, 3)] == [State.COMPLETED, State.COMPLETED]
    assert await intake.in_question() == {}


async def test_an_intake_that_has_just_begun_decides_what_another_left_behind(
    rig: Rig, intake: Intake
) -> None:
    await with_strays(rig, intake, 1)
    done = await rig.job(3)
    await rig.database.write(lambda tx: jobs.save(tx, replace(done, state=State.FAILED, is_owed=False)))

    begun_anew = Intake(rig.context)
    await begun_anew.retry_strays(rig.now())

    assert (await rig.job(2)).state is State.COMPLETED


async def test_a_stray_that_was_decided_once_is_not_taken_again(rig: Rig, intake: Intake) -> None:
    await with_strays(rig, intake, 3)

    await intake.take(rig.completion("a dog", after_s=90, name="rain.mp4", nonce="nonce-3"), rig.now())
    await intake.retry_strays(rig.now())

    assert await rig.database.read(lambda tx: messages.strays(tx, rig.account.id)) == {}
    rows = await rig.database.read(lambda tx: tx.all("SELECT job FROM job_messages ORDER BY message_id"))
    assert {row["job"] for row in rows} == {"job-2", "job-3"}
