"""Everything that is heard: late, twice, in the wrong order, of someone else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.chat import EPHEMERAL, InteractionCreated, InteractionFailed, Message, snowflake_at
from bridge.flows.end.cancel import Cancel
from bridge.flows.hear.intake import Intake
from bridge.flows.step import Now
from bridge.jobs.job import Cause, State
from bridge.store.database import Tx
from bridge.store.rows import deliveries, jobs, messages
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.flows.conftest import BOT, USER, Rig, begin
from tests.tools.hand_clock import START_MS

START = f"<@{USER}> We are making videos. (prompt: a cat style: Realistic) Author: <@{USER}>"


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.context)


async def strays(rig: Rig) -> list[Message]:
    kept = await rig.database.read(lambda tx: messages.strays(tx, rig.account.id))
    return [messages.load(body) for body in kept.values()]


async def cancel(rig: Rig, number: int) -> None:
    await Cancel(rig.database, rig.notifier, rig.now).run("default", f"job-{number}")


async def test_a_job_goes_from_start_to_video(rig: Rig, intake: Intake) -> None:
    await rig.sent()

    states = []
    for heard in (
        InteractionCreated(snowflake_at(START_MS), "nonce-1"),
        rig.says(START, nonce="nonce-1"),
        rig.says(f"{START} (50%)", is_edit=True),
        rig.completion(),
    ):
        await intake.take(heard, rig.now())
        states.append((await rig.job()).state)

    assert states == [State.SENT, State.STARTED, State.PROGRESS, State.COMPLETED]
    assert (await rig.job()).said is not None


async def test_a_video_before_its_start_is_taken_and_the_late_start_changes_nothing(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent()
    await intake.take(rig.completion(), rig.now())
    finished = await rig.job()

    await intake.take(rig.says(START, nonce="nonce-1"), rig.now())

    assert finished.state is State.COMPLETED
    assert replace(await rig.job(), heard_ms=0) == replace(finished, heard_ms=0)


async def test_equal_prompts_get_a_video_each_and_repeats_give_none(rig: Rig, intake: Intake) -> None:
    await rig.sent(1)
    await rig.sent(2)

    for after_s, name in ((60, "one.mp4"), (61, "one.mp4"), (62, "two.mp4"), (63, "two.mp4")):
        await intake.take(rig.completion(after_s=after_s, name=name), rig.now())

    names = [job.said.attachments[0].filename for number in (1, 2) if (job := await rig.job(number)).said]
    assert names == ["one.mp4", "two.mp4"]


async def test_an_undecided_message_is_tried_again_when_the_other_job_ends(rig: Rig, intake: Intake) -> None:
    await rig.sent(1, negative_prompt="dogs")
    await rig.sent(2, negative_prompt="birds")
    await intake.take(rig.completion(name="undecided.mp4"), rig.now())
    undecided = [(await rig.job(number)).state for number in (1, 2)]

    await intake.take(rig.completion(after_s=70, name="second.mp4", nonce="nonce-2"), rig.now())

    first = await rig.job(1)
    assert undecided == [State.SENT, State.SENT]
    assert first.state is State.COMPLETED
    assert first.said is not None
    assert first.said.attachments[0].filename == "undecided.mp4"
    assert await strays(rig) == []


async def test_an_undecided_message_that_comes_while_the_strays_are_first_read_is_tried_again(
    rig: Rig, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.sent(1, negative_prompt="dogs")
    await rig.sent(2, negative_prompt="birds")
    read = SqliteDatabase.read

    async def read_before_it_comes(database: SqliteDatabase, body: Callable[[Tx], object]) -> object:
        found = await read(database, body)
        monkeypatch.undo()
        await intake.take(rig.completion(name="undecided.mp4"), rig.now())
        return found

    monkeypatch.setattr(SqliteDatabase, "read", read_before_it_comes)
    await intake.retry_strays(rig.now())

    await intake.take(rig.completion(after_s=70, name="second.mp4", nonce="nonce-2"), rig.now())

    assert (await rig.job(1)).state is State.COMPLETED


async def test_an_undecided_message_is_tried_again_when_a_cancelled_job_has_had_its_video(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent(1, negative_prompt="dogs")
    await rig.sent(2, negative_prompt="birds")
    await cancel(rig, 2)
    await intake.take(rig.completion(name="undecided.mp4"), rig.now())

    await intake.take(rig.completion(after_s=70, name="second.mp4", nonce="nonce-2"), rig.now())

    assert (await rig.job(1)).state is State.COMPLETED
    assert (await rig.job(2)).state is State.CANCELLED


async def test_an_undecided_message_is_tried_again_when_discord_names_the_interaction(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent(1, "a cat")
    await rig.sent(2, "a dog")
    refusal = rig.says(
        "You have no credits left", interaction_id=snowflake_at(START_MS + 20), flags=EPHEMERAL
    )
    await intake.take(refusal, rig.now())
    undecided = [(await rig.job(number)).state for number in (1, 2)]

    await intake.take(InteractionCreated(refusal.interaction_id or "", "nonce-2"), rig.now())

    assert undecided == [State.SENT, State.SENT]
    assert [(await rig.job(number)).state for number in (1, 2)] == [State.SENT, State.DECLINED]


async def test_what_one_decision_decides_is_decided_at_once(rig: Rig, intake: Intake) -> None:
    for number, negative in enumerate(("dogs", "birds", "fish"), 1):
        await rig.sent(number, negative_prompt=negative)
    start = START.replace("Realistic)", "Realistic negative-prompt: fish)")
    await intake.take(rig.completion(name="undecided.mp4"), rig.now())
    await intake.take(
        rig.completion(after_s=70, name="third.mp4", reference_id=rig.says("", after_s=5).id), rig.now()
    )
    await intake.take(rig.completion(after_s=80, name="second.mp4", nonce="nonce-2"), rig.now())

    await intake.take(rig.says(start, after_s=5), rig.now())

    assert {(await rig.job(number)).state for number in (1, 2, 3)} == {State.COMPLETED}


async def test_someone_elses_messages_change_nothing_and_are_not_kept(rig: Rig, intake: Intake) -> None:
    await rig.sent()

    await intake.take(rig.completion(interaction_user_id="222222222222222222"), rig.now())
    await intake.take(rig.completion(author_is_bot=False, author_id=USER), rig.now())
    await intake.take(rig.says("hello", author_id=BOT), rig.now())

    assert (await rig.job()).state is State.SENT
    assert await strays(rig) == []


async def test_an_interaction_that_discord_gave_up_fails_its_job(rig: Rig, intake: Intake) -> None:
    await rig.sent()

    await intake.take(InteractionFailed(None, "nonce-1", 2), rig.now())

    job = await rig.job()
    assert job.failure is not None
    assert (job.status, job.failure.cause, job.is_owed) == ("failed", Cause.INTERACTION_FAILED, True)


@pytest.mark.parametrize("speaks_without_ids", [True, False])
async def test_the_video_of_an_interaction_that_failed_is_not_given_to_a_look_alike(
    rig: Rig, intake: Intake, speaks_without_ids: bool
) -> None:
    """The look-alike waits where the bot is known to give no ids; elsewhere nothing is guessed."""
    await rig.sent(3, "a horse")
    nonce = None if speaks_without_ids else "nonce-3"
    await intake.take(rig.completion("a horse", name="horse.mp4", nonce=nonce), rig.now())
    await rig.sent(1, negative_prompt="dogs")
    await intake.take(InteractionFailed(None, "nonce-1", 2), rig.now())
    await rig.waiting(2, negative_prompt="birds")
    chosen = await rig.next_waiting()
    if chosen is not None:
        await rig.claim(2)

    await intake.take(rig.completion(after_s=90), rig.now())

    assert (chosen is None) is speaks_without_ids
    assert (await rig.job(1)).is_late is speaks_without_ids
    assert (await rig.job(2)).is_open


async def test_what_befalls_an_interaction_of_another_account_is_no_matter(rig: Rig) -> None:
    """All sessions of a token hear of all its interactions; each account has its own listening time."""
    other = Intake(replace(rig.context, account=replace(rig.account, id=rig.account.id + 1)))
    sent = await rig.sent()

    await other.take(InteractionCreated(snowflake_at(START_MS), "nonce-1"), Now(START_MS, 10**9))
    await other.take(InteractionFailed(None, "nonce-1", 1), Now(START_MS, 10**9))

    assert await rig.job() == sent


async def test_a_job_that_was_answered_does_not_fail_with_its_interaction(rig: Rig, intake: Intake) -> None:
    await rig.sent()
    await intake.take(rig.says(START, nonce="nonce-1"), rig.now())

    await intake.take(InteractionFailed(None, "nonce-1"), rig.now())

    assert (await rig.job()).state is State.STARTED


async def test_the_late_video_of_a_cancelled_job_is_not_given_to_its_equal(rig: Rig, intake: Intake) -> None:
    await rig.sent(1)
    await intake.take(rig.says(START, nonce="nonce-1"), rig.now())
    await cancel(rig, 1)
    await rig.sent(2)

    await intake.take(rig.completion(name="late.mp4", reference_id=rig.says("").id), rig.now())

    assert (await rig.job(1)).state is State.CANCELLED
    assert (await rig.job(2)).state is State.SENT


async def test_an_unknown_nonce_is_no_matter(rig: Rig, intake: Intake) -> None:
    await rig.sent()

    await intake.take(InteractionCreated("1", "unknown"), rig.now())
    await intake.take(InteractionFailed("1", "unknown"), rig.now())

    assert (await rig.job()).state is State.SENT


async def test_a_private_notice_that_nobody_knows_does_not_lose_the_video(rig: Rig, intake: Intake) -> None:
    await rig.sent()
    notice = rig.says("You have 3 credits left", nonce="nonce-1", flags=EPHEMERAL)

    await intake.take(notice, rig.now())
    declined = await rig.job()
    await intake.take(rig.completion(), rig.now())

    completed = await rig.job()
    assert declined.failure is not None
    assert (declined.status, declined.failure.error) == ("moderated", "You have 3 credits left")
    assert (completed.status, completed.is_late, completed.failure) == ("completed", True, None)


async def test_every_end_owes_one_callback_and_a_late_result_another(rig: Rig, intake: Intake) -> None:
    job = replace(rig.new_job(1), state=State.GIVEN_UP, is_owed=True, ended_ms=START_MS, reply_url="http://x")

    def keep(tx: Tx) -> None:
        jobs.insert(tx, job)
        begin(tx, job, "nonce-1", START_MS)

    await rig.database.write(keep)
    for after_s in (60, 61):
        await intake.take(rig.completion(after_s=after_s), rig.now())

    owed = await rig.database.write(lambda tx: deliveries.claim(tx, "x", START_MS, START_MS + 1, 10))
    late = await rig.job()
    assert (late.state, late.is_late, len(owed)) == (State.COMPLETED, True, 1)


async def test_what_is_someone_elses_is_ignored_and_counted(rig: Rig, intake: Intake) -> None:
    sent = await rig.sent()
    theirs = rig.completion(interaction_user_id="222222222222222222", interaction_id="1")

    await intake.take(theirs, rig.now())
    await intake.take(replace(theirs, id=snowflake_at(START_MS + 61_000)), rig.now())
    await intake.take(replace(theirs, is_history=True), rig.now())

    assert await rig.job() == sent
    assert dict(intake.ignored) == {"the interaction is another user's": 2}
