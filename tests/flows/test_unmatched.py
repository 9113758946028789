"""A video of our bot for our user that no job got is told; everything else that is foreign is not."""

from dataclasses import replace
from typing import Final

import pytest
from structlog.testing import capture_logs

from bridge.chat import Message, snowflake_at
from bridge.flows.hear.intake import Intake
from bridge.flows.hear.unmatched import MOST, UNDECIDED, Unmatched
from bridge.jobs.job import State
from tests.flows.conftest import FILM, USER, Rig
from tests.tools.hand_clock import START_MS

ANOTHER: Final = "222222222222222222"


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.context)


async def warnings_of(rig: Rig, intake: Intake, *said: Message) -> list[tuple[object, ...]]:
    """Return what is warned of when the bot says this."""
    with capture_logs() as lines:
        for message in said:
            await intake.take(message, rig.now())
    warned = [line for line in lines if line["event"] == "video_is_unmatched"]
    return [(line["log_level"], line["message_id"], line["why"]) for line in warned]


async def completed(rig: Rig, intake: Intake) -> Message:
    """Let a job get its video; return the message, which carried the job's nonce."""
    await rig.sent(1)
    video = rig.completion(nonce="nonce-1")
    await intake.take(video, rig.now())
    assert (await rig.job(1)).state is State.COMPLETED
    return video


async def test_a_video_that_no_job_can_be_meant_by_is_told_once_however_often_it_is_read(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent(1, "two robots")
    video = rig.completion("a house at the sea")

    warned = await warnings_of(rig, intake, video, replace(video, is_history=True))

    assert warned == [("warning", video.id, "matches no job")]
    assert (intake.unmatched.count, intake.unmatched.newest and intake.unmatched.newest.message_id) == (
        1,
        video.id,
    )


async def test_a_video_is_told_also_when_nothing_is_owed_any_more(rig: Rig, intake: Intake) -> None:
    await completed(rig, intake)
    video = rig.completion("a house at the sea", after_s=4_000, name="other.mp4")

    warned = await warnings_of(rig, intake, video)

    assert [(id_, why) for _, id_, why in warned] == [(video.id, "matches no job")]


async def test_a_video_that_may_be_of_two_is_told_until_it_is_known_whose_it_is(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent(1, "a cat")
    await rig.sent(2, "two dogs at sea")
    video = rig.says(f"<@{USER}>", FILM, after_s=60)
    warned = await warnings_of(rig, intake, video)
    before = intake.unmatched.count

    await intake.take(rig.completion("two dogs at sea", after_s=70, name="dogs.mp4"), rig.now())

    assert [why for *_, why in warned] == [UNDECIDED]
    assert (before, intake.unmatched.count, intake.unmatched.newest) == (1, 0, None)
    assert (await rig.job(1)).state is State.COMPLETED


@pytest.mark.parametrize(
    "more",
    [
        {"content": f"<@{ANOTHER}> (prompt: a house) Author: <@{ANOTHER}>)"},
        {"interaction_id": snowflake_at(START_MS + 1000), "interaction_user_id": ANOTHER},
        {"author_id": "444444444444444444"},
        {"author_is_bot": False},
        {"interaction_id": snowflake_at(START_MS - 3_600_000), "interaction_user_id": USER},
        {"attachments": None},
    ],
    ids=["another_user", "another_users_run", "another_bot", "a_person", "run_by_hand", "no_video"],
)
async def test_what_is_not_our_bots_video_for_our_user_is_not_told(
    rig: Rig, intake: Intake, more: dict[str, object]
) -> None:
    await completed(rig, intake)
    await rig.sent(2, "two robots")
    video = replace(rig.completion("a house at the sea", after_s=90, name="other.mp4"), **more)  # type: ignore[arg-type]

    warned = await warnings_of(rig, intake, video)

    assert (warned, intake.unmatched.count) == ([], 0)


@pytest.mark.parametrize("after_s", [70, 4_000])
async def test_a_video_that_is_said_again_is_not_told(rig: Rig, intake: Intake, after_s: float) -> None:
    await completed(rig, intake)

    warned = await warnings_of(rig, intake, rig.completion(after_s=after_s))

    assert (warned, intake.unmatched.count) == ([], 0)


def test_the_newest_are_remembered_and_all_are_counted(rig: Rig) -> None:
    unmatched = Unmatched()
    videos = [rig.completion(after_s=number) for number in range(MOST + 10)]

    for video in videos:
        unmatched.add(video, "why")
    counted, newest = unmatched.count, unmatched.newest
    for video in videos:
        unmatched.remove(video.id)

    assert counted == MOST + 10
    assert newest is not None
    assert newest.at_ms == START_MS + (MOST + 9) * 1000
    assert unmatched.count == 10


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Something went wrong, retrying. Please try again later", State.FAILED),
        ("This violates our community guidelines", State.MODERATED),
    ],
)
@pytest.mark.parametrize("is_edit", [True, False])
async def test_a_video_behind_a_text_that_was_taken_for_the_end_is_its_jobs_all_the_same(
    rig: Rig, intake: Intake, text: str, state: State, is_edit: bool
) -> None:
    await rig.sent(1)
    said = rig.says(text, nonce="nonce-1")
    await intake.take(said, rig.now())
    ended = await rig.job(1)

    video = rig.completion(nonce="nonce-1")
    warned = await warnings_of(rig, intake, replace(video, id=said.id, is_edit=True) if is_edit else video)
    job = await rig.job(1)

    assert ended.state is state
    assert (job.state, job.is_late, job.failure) == (State.COMPLETED, True, None)
    assert warned == []


@pytest.mark.parametrize("is_edit", [True, False])
async def test_another_video_for_a_job_that_has_one_is_told_once(
    rig: Rig, intake: Intake, is_edit: bool
) -> None:
    video = await completed(rig, intake)
    other = rig.completion(nonce="nonce-1", name="other.mp4", after_s=70)
    second = replace(other, id=video.id, is_edit=True) if is_edit else other

    warned = await warnings_of(rig, intake, video, second, replace(second, is_history=True), video)

    assert warned == [("warning", second.id, "its job has another video already")]
    assert (await rig.job(1)).said.attachments[0].filename == "cat.mp4"  # type: ignore[union-attr]
