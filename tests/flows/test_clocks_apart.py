"""The machine's clock and Discord's are apart: by how much is learned, and nothing is guessed until then.

A message carries the time of Discord, a POST is kept with ours. The rig's messages are said by Discord's
clock, which stands at the start; its own clock is moved.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from bridge.chat import LOADING, InteractionCreated, Message, snowflake_at
from bridge.flows.end.cancel import Cancel
from bridge.flows.end.giving_up import UnprovenJobs
from bridge.flows.hear.candidates import candidates
from bridge.flows.hear.catch_up import CatchUp
from bridge.flows.hear.intake import Intake
from bridge.jobs.job import State
from bridge.jobs.post import NO_ANSWER_WINDOW_MS, UNKNOWN_CLOCK_DIFFERENCE_MS
from bridge.store.rows import interactions
from tests.flows.conftest import BOT, FILM, TENANT, USER, Rig
from tests.tools.hand_clock import START_MS

OURS: dict[str, Any] = {"interaction_id": snowflake_at(START_MS + 500), "interaction_user_id": USER}
REFUSAL = "Apologies! Your prompt was stopped by our moderator."
APART_S = (5, 15, -15, 60, -60, 600, -600)


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.context)


def start(rig: Rig, prompt: str = "a cat", after_s: float = 2, **fields: object) -> Message:
    text = f"<@{USER}> We are making videos. (prompt: {prompt} style: Realistic) Author: <@{USER}>"
    return rig.says(text, after_s=after_s, **fields)


async def look_twice(rig: Rig, intake: Intake) -> None:
    """Let what is in doubt be looked for in the history as often as that is done."""

    async def take(page: Sequence[Message]) -> None:
        await intake.take_page(page, rig.now())

    catch_up = CatchUp(rig.context, take)
    doubt = UnprovenJobs(rig.context, catch_up.run, lambda: None, intake.in_question)
    rig.clock.pass_s(60)
    for _ in range(2):
        await doubt.sweep()


async def told_apart(rig: Rig, intake: Intake, ahead_s: float) -> None:
    """Let a POST of a minute ago tell how far the clocks are apart: by so much, ours is ahead."""
    rig.clock.set_s(ahead_s - 60)
    await rig.sent(9, "a horse")
    await intake.take(InteractionCreated(snowflake_at(START_MS - 60_000), "nonce-9"), rig.now())
    await rig.database.write(lambda tx: interactions.answered(tx, "nonce-9", "taken", rig.clock.now_ms()))
    rig.clock.pass_s(60)


@pytest.mark.parametrize("ahead_s", APART_S)
async def test_what_ran_is_kept_until_a_post_tells_how_far_the_clocks_are_apart(
    rig: Rig, intake: Intake, ahead_s: float
) -> None:
    rig.clock.set_s(ahead_s)
    await rig.sending()
    rig.session.said = [start(rig, **OURS), rig.completion(**OURS)]
    await look_twice(rig, intake)
    before_it_told = (await rig.job()).state
    rig.clock.set_s(-60)
    await rig.sent(9, "a horse")

    await intake.take(InteractionCreated(snowflake_at(START_MS), "nonce-9"), rig.now())

    assert before_it_told is (State.COMPLETED if -70 < ahead_s < 10 else State.SENDING)
    assert (await rig.job()).state is State.COMPLETED


async def test_the_same_run_by_hand_before_is_not_taken_for_a_post_of_unknown_outcome(
    rig: Rig, intake: Intake
) -> None:
    by_hand: dict[str, Any] = {
        "interaction_id": snowflake_at(START_MS - 300_000),
        "interaction_user_id": USER,
    }
    await rig.sending()
    rig.session.said = [
        start(rig, after_s=-298, **by_hand),
        rig.completion(after_s=-200, name="hand.mp4", **by_hand),
        start(rig, **OURS),
        rig.completion(**OURS),
    ]

    await look_twice(rig, intake)

    job = await rig.job()
    assert job.said is not None
    assert [file.filename for file in job.said.attachments] == ["cat.mp4"]


@pytest.mark.parametrize("mended_s", [-300, 300])
async def test_what_ran_after_the_clock_was_put_right_is_kept_until_the_next_post_tells(
    rig: Rig, intake: Intake, mended_s: float
) -> None:
    await told_apart(rig, intake, -mended_s)
    rig.clock.set_s(mended_s)
    await rig.sending()
    await intake.take(rig.completion(**OURS), rig.now())

    await rig.sent(8, "a dog")
    await intake.take(InteractionCreated(snowflake_at(START_MS + 100), "nonce-8"), rig.now())

    assert (await rig.job()).state is State.COMPLETED


@pytest.mark.parametrize("ahead_s", [*APART_S, 7_200, -7_200])
@pytest.mark.parametrize("content", [REFUSAL, "rewritten"])
async def test_what_has_no_words_of_ours_is_found_as_soon_as_a_post_has_told(
    rig: Rig, intake: Intake, ahead_s: float, content: str
) -> None:
    await told_apart(rig, intake, ahead_s)
    await rig.sending(1, "a cat on a red roof")
    await rig.database.write(lambda tx: interactions.answered(tx, "nonce-1", "taken", rig.clock.now_ms()))
    said = start(rig, "a kitten on a red roof", **OURS)
    rig.session.said = [said if content == "rewritten" else rig.says(content, **OURS)]

    await look_twice(rig, intake)

    expected = State.STARTED if content == "rewritten" else State.MODERATED
    assert (await rig.job()).state is expected


@pytest.mark.parametrize("ahead_s", [*APART_S, 7_200, -7_200])
async def test_a_plain_video_is_taken_as_soon_as_a_post_has_told(
    rig: Rig, intake: Intake, ahead_s: float
) -> None:
    await told_apart(rig, intake, ahead_s)
    await rig.sent()

    await intake.take(rig.completion(after_s=5), rig.now())

    assert (await rig.job()).state is State.COMPLETED


async def test_of_two_posts_the_later_one_tells(rig: Rig, intake: Intake) -> None:
    await told_apart(rig, intake, 7_200)
    rig.clock.set_s(-7_200)
    await rig.sent(8, "a dog")
    await intake.take(InteractionCreated(snowflake_at(START_MS), "nonce-8"), rig.now())

    ahead_ms = await rig.database.read(interactions.ahead_ms)

    assert ahead_ms == 0


@pytest.mark.parametrize(("took_s", "made_s", "ahead_s"), [(3, 2.9, 0), (3, -20, 20), (3, 30, -27)])
async def test_what_a_post_took_is_no_difference_of_the_clocks(
    rig: Rig, intake: Intake, took_s: float, made_s: float, ahead_s: float
) -> None:
    await rig.sent()
    rig.clock.pass_s(took_s)
    await rig.database.write(lambda tx: interactions.answered(tx, "nonce-1", "taken", rig.clock.now_ms()))
    made = snowflake_at(START_MS + round(made_s * 1000))

    await intake.take(InteractionCreated(made, "nonce-1"), rig.now())

    assert await rig.database.read(interactions.ahead_ms) == ahead_s * 1000


async def test_an_interaction_that_was_only_taken_for_ours_tells_nothing(rig: Rig, intake: Intake) -> None:
    rig.clock.set_s(5)
    await rig.sending()

    await intake.take(rig.completion(**OURS), rig.now())

    assert [row["interaction_id"] for row in await rig.posts()] == [OURS["interaction_id"]]
    assert await rig.database.read(interactions.ahead_ms) is None


@pytest.mark.parametrize("other", ["words", "rewritten", "wordless", "user", "nobody", "hours"])
async def test_until_a_post_has_told_nothing_but_our_own_words_is_taken_from_afar(
    rig: Rig, intake: Intake, other: str
) -> None:
    rig.clock.set_s(7_200 if other == "hours" else 60)
    await rig.sent(1, "a cat on a red roof")
    who = {"user": BOT, "nobody": None}.get(other, USER)
    its: dict[str, Any] = {"interaction_id": OURS["interaction_id"], "interaction_user_id": who}
    prompts = {"words": "two dogs at sea", "rewritten": "a kitten on a red roof"}
    video = rig.completion(prompts.get(other, "a cat on a red roof"), **its)
    wordless = rig.says(REFUSAL, after_s=60, **its)

    await intake.take(wordless if other == "wordless" else video, rig.now())

    assert (await rig.job()).state is State.SENT


async def test_a_run_by_hand_waits_for_our_own_event_to_tell_that_it_is_not_ours(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent()
    by_hand: dict[str, Any] = {"interaction_id": snowflake_at(START_MS - 60_000), "interaction_user_id": USER}

    await intake.take(start(rig, after_s=-50, **by_hand), rig.now())
    before_it_told = (await rig.job()).state
    await intake.take(InteractionCreated(snowflake_at(START_MS + 80), "nonce-1"), rig.now())
    await intake.take(rig.completion(after_s=10, **by_hand), rig.now())

    assert before_it_told is State.SENT
    assert (await rig.job()).state is State.SENT


async def test_all_times_of_a_candidate_are_discords(rig: Rig, intake: Intake) -> None:
    await told_apart(rig, intake, 7_200)
    await rig.sent()
    await Cancel(rig.database, rig.notifier, rig.now).run(TENANT, "job-1")

    found = await rig.database.read(lambda tx: candidates(tx, rig.account.id, rig.completion()))

    ours = next(job for job in found if job.job_id == "job-1")
    assert (ours.sent_ms, ours.ended_ms, ours.slack_ms) == (START_MS, START_MS, UNKNOWN_CLOCK_DIFFERENCE_MS)
    assert ours.windows == ((START_MS, START_MS + NO_ANSWER_WINDOW_MS),)


async def test_an_id_is_kept_on_the_post_of_its_time_by_discords_clock(rig: Rig, intake: Intake) -> None:
    await told_apart(rig, intake, 600)
    job = await rig.sent()
    rig.clock.set_s(-550)
    await rig.database.write(
        lambda tx: interactions.begin(
            tx, nonce="modal", job=job.id, account=1, kind="modal", sender=USER, now_ms=rig.clock.now_ms()
        )
    )

    await rig.database.write(lambda tx: interactions.learned(tx, job.id, OURS["interaction_id"]))

    kept = {post["nonce"]: post["interaction_id"] for post in await rig.posts() if post["job"] == job.id}
    assert kept == {"nonce-1": OURS["interaction_id"], "modal": None}


async def test_what_was_taken_for_another_tools_is_ours_once_its_event_says_so(
    rig: Rig, intake: Intake
) -> None:
    rig.clock.set_s(60)
    await rig.sent()
    await intake.take(rig.says("", after_s=1, flags=LOADING, **OURS), rig.now())
    await intake.take(InteractionCreated(OURS["interaction_id"], "nonce-1"), rig.now())

    await intake.take(rig.says(f"<@{USER}> Here it is", FILM, after_s=60), rig.now())

    assert (await rig.job()).state is State.COMPLETED
