"""Whose video it is, in the cases where time and words are all there is."""

from dataclasses import replace

import pytest

from bridge.chat import LOADING, InteractionCreated, snowflake_at
from bridge.flows.end.giving_up import SilentJobs
from bridge.flows.hear.catch_up import Reach
from bridge.flows.hear.intake import Intake
from bridge.jobs.job import State
from bridge.store.rows import events
from tests.flows.conftest import FILM, USER, Rig
from tests.tools.bot_answers import started
from tests.tools.hand_clock import START_MS

START = started("a cat")


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.context)


async def states(rig: Rig, *numbers: int) -> list[State]:
    return [(await rig.job(number)).state for number in numbers]


async def video_of(rig: Rig, number: int) -> str | None:
    said = (await rig.job(number)).said
    return said.attachments[0].filename if said and said.attachments else None


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
async def test_two_equal_jobs_whose_interaction_events_were_lost_both_get_a_video(
    rig: Rig, intake: Intake, order: tuple[int, int]
) -> None:
    await rig.sent(1)
    await rig.sent(2)
    ids = {number: snowflake_at(START_MS + 100 * number) for number in (1, 2)}
    starts = {
        number: rig.says(START, after_s=number, interaction_id=ids[number], interaction_user_id=USER)
        for number in (1, 2)
    }

    for number in order:
        await intake.take(starts[number], rig.now())
    for number in order:
        video = rig.completion(name=f"{number}.mp4", interaction_id=ids[number], interaction_user_id=USER)
        await intake.take(replace(video, id=starts[number].id, is_edit=True), rig.now())

    assert await states(rig, 1, 2) == [State.COMPLETED, State.COMPLETED]


async def test_what_another_tool_of_the_same_person_runs_at_that_moment_is_not_ours(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent(1)
    theirs, ours = snowflake_at(START_MS - 3_000), snowflake_at(START_MS + 80)
    thinking = rig.says("", after_s=0.05, flags=LOADING, interaction_id=theirs, interaction_user_id=USER)

    await intake.take(thinking, rig.now())
    await intake.take(InteractionCreated(ours, "nonce-1"), rig.now())
    await intake.take(rig.says(START, after_s=0.2, nonce="nonce-1", interaction_id=ours), rig.now())
    dog = rig.completion(prompt="a dog", name="dog.mp4", interaction_id=theirs, interaction_user_id=USER)
    await intake.take(replace(dog, id=thinking.id, is_edit=True, flags=0), rig.now())

    assert await states(rig, 1) == [State.STARTED]


async def test_a_binding_by_time_does_not_survive_the_proof_that_it_was_wrong(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent(1)
    theirs, ours = snowflake_at(START_MS + 20), snowflake_at(START_MS + 80)
    start = rig.says(START, after_s=0.05, interaction_id=theirs, interaction_user_id=USER)

    await intake.take(start, rig.now())
    await intake.take(InteractionCreated(ours, "nonce-1"), rig.now())
    theirs_done = rig.completion(name="theirs.mp4", interaction_id=theirs, interaction_user_id=USER)
    await intake.take(replace(theirs_done, id=start.id, is_edit=True), rig.now())

    assert (await rig.job(1)).state is not State.COMPLETED


async def test_a_message_bound_by_its_words_is_anothers_when_its_interaction_says_so(
    rig: Rig, intake: Intake
) -> None:
    """Text alone gave the first message to the older of two equal jobs; the edit carries an id."""
    await rig.sent(1)
    await rig.sent(2)
    ours = snowflake_at(START_MS + 80)
    await intake.take(InteractionCreated(ours, "nonce-2"), rig.now())
    start = rig.says(START)
    await intake.take(start, rig.now())

    done = rig.completion(interaction_id=ours, interaction_user_id=USER)
    await intake.take(replace(done, id=start.id, is_edit=True), rig.now())

    assert await states(rig, 1, 2) == [State.STARTED, State.COMPLETED]
    again = replace(done, id=start.id, is_edit=True, interaction_id=None, content="75 %")
    await intake.take(replace(again, attachments=None), rig.now())
    assert await states(rig, 1) == [State.STARTED]


async def test_rewritten_prompts_whose_ids_a_death_has_eaten_all_find_their_jobs(
    rig: Rig, intake: Intake
) -> None:
    """Discord took the first two; the third was being sent, and never came to Discord."""
    prompts = [f"a cat on a {colour} roof" for colour in ("red", "blue", "grey")]
    for number, prompt in enumerate(prompts, 1):
        await rig.sending(number, prompt)
        rig.clock.pass_s(0.1)
        if number < 3:
            await rig.taken(number)

    for number in (2, 1):
        text = START.replace("a cat", prompts[number - 1].replace("cat", "kitten"))
        taken = snowflake_at(START_MS + 100 * number - 50)
        start = rig.says(text, after_s=number, interaction_id=taken, interaction_user_id=USER)
        await intake.take(replace(start, is_history=True), rig.now())

    assert await states(rig, 1, 2, 3) == [State.STARTED, State.STARTED, State.SENDING]
    assert await intake.in_question() == {}


async def test_an_interaction_that_proves_to_be_anothers_leaves_both_jobs_their_own_video(
    rig: Rig, intake: Intake
) -> None:
    """The event of the first was lost; the start of the second came before its own event."""
    await rig.sent(1)
    await rig.sent(2)
    first, second = snowflake_at(START_MS + 100), snowflake_at(START_MS + 200)
    start = rig.says(START, after_s=1, interaction_id=second, interaction_user_id=USER)

    await intake.take(start, rig.now())
    await intake.take(InteractionCreated(second, "nonce-2"), rig.now())
    for number, made in ((2, second), (1, first)):
        video = rig.completion(name=f"{number}.mp4", interaction_id=made, interaction_user_id=USER)
        own = start.id if number == 2 else video.id
        await intake.take(replace(video, id=own, is_edit=number == 2), rig.now())

    assert await states(rig, 1, 2) == [State.COMPLETED, State.COMPLETED]
    names = [file.filename for number in (1, 2) for file in (await rig.job(number)).said.attachments]  # type: ignore[union-attr]
    assert names == ["1.mp4", "2.mp4"]


async def test_equal_starts_without_ids_are_given_to_a_job_each(rig: Rig, intake: Intake) -> None:
    await rig.sent(1)
    await rig.sent(2)
    starts = [rig.says(START, after_s=number) for number in (1, 2)]

    for start in starts:
        await intake.take(start, rig.now())
    for number, start in enumerate(starts):
        video = rig.completion(name=f"{number}.mp4")
        await intake.take(replace(video, id=start.id, is_edit=True), rig.now())

    assert await states(rig, 1, 2) == [State.COMPLETED, State.COMPLETED]


async def test_a_reply_is_its_own_jobs_although_its_file_is_called_like_anothers(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent(1)
    await rig.sent(2, negative_prompt="dogs")
    for number in (1, 2):
        await intake.take(rig.says(START, after_s=number, nonce=f"nonce-{number}"), rig.now())

    for number in (1, 2):
        start_id = snowflake_at(START_MS + number * 1000)
        video = rig.completion(after_s=60 + number, name="video.mp4", reference_id=start_id)
        await intake.take(video, rig.now())

    assert await states(rig, 1, 2) == [State.COMPLETED, State.COMPLETED]


async def test_a_clock_ahead_of_discords_loses_no_plain_video(rig: Rig, intake: Intake) -> None:
    await rig.sent(1)
    taken = snowflake_at(START_MS - 90_000)

    await intake.take(InteractionCreated(taken, "nonce-1"), rig.now())
    await intake.take(rig.completion(after_s=60 - 90), rig.now())

    assert await states(rig, 1) == [State.COMPLETED]


async def test_progress_of_an_earlier_message_changes_nothing(rig: Rig, intake: Intake) -> None:
    await rig.sent(1)
    earlier = rig.says(f"{START} (10%)", after_s=5, nonce="nonce-1")
    later = rig.says(f"{START} (50%)", after_s=9, nonce="nonce-1")

    for message in (earlier, later, earlier, later):
        await intake.take(message, rig.now())

    said = (await rig.job(1)).said
    assert said is not None
    assert said.message_id == later.id
    assert await rig.database.read(lambda tx: len(events.after(tx, 0, 99))) == 2


async def test_the_same_file_made_again_for_an_equal_job_is_that_jobs(rig: Rig, intake: Intake) -> None:
    """The bot makes the same video of the same seed, calls it the same, and gives no ids."""
    await rig.sent(1, seed_value=7)  # type: ignore[arg-type]
    rig.clock.pass_s(60)
    await intake.take(rig.completion(after_s=60), rig.now())
    rig.clock.pass_s(120)

    await rig.sent(2, seed_value=7)  # type: ignore[arg-type]
    rig.clock.pass_s(60)
    await intake.take(rig.completion(after_s=240), rig.now())

    assert await states(rig, 1, 2) == [State.COMPLETED, State.COMPLETED]


async def test_a_video_that_is_said_again_under_another_name_is_not_given_to_a_job_that_is_near(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent(1, "a cat on a red roof")
    await rig.sent(2, "a cat on a blue roof")
    rig.clock.pass_s(60)

    await intake.take(rig.completion("a cat on a red roof", name="one.mp4", after_s=60), rig.now())
    again = rig.completion("a cat on a red roof", name="again.mp4", after_s=61)
    await intake.take(again, rig.now())
    await intake.take(rig.completion("a cat on a blue roof", name="two.mp4", after_s=70), rig.now())

    assert await states(rig, 1, 2) == [State.COMPLETED, State.COMPLETED]
    names = [file.filename for number in (1, 2) for file in (await rig.job(number)).said.attachments]  # type: ignore[union-attr]
    assert names == ["one.mp4", "two.mp4"]


THEIRS = snowflake_at(START_MS - 5_000)
THEIR_START = START.replace("a cat", "two dogs at sea")


@pytest.mark.parametrize("words", ["{user}", "{user} (prompt: a dog at sea) Author: {user})"])
async def test_a_video_that_can_be_of_what_our_user_ran_by_hand_is_not_given_to_our_only_job(
    rig: Rig, intake: Intake, words: str
) -> None:
    await rig.sent(1, "a cat at sea")
    start = rig.says(THEIR_START, after_s=0, interaction_id=THEIRS, interaction_user_id=USER)
    video = rig.says(words.format(user=f"<@{USER}>"), replace(FILM, filename="plain.mp4"), after_s=60)

    await intake.take(start, rig.now())
    await intake.take(video, rig.now())

    assert await states(rig, 1) == [State.SENT]


async def test_a_video_without_words_is_our_only_jobs_when_what_ran_beside_it_has_had_its_own(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent(1, "a cat at sea")
    start = rig.says(THEIR_START, after_s=0, interaction_id=THEIRS, interaction_user_id=USER)
    video = rig.says(f"<@{USER}>", replace(FILM, filename="ours.mp4"), after_s=60)
    theirs = rig.completion("two dogs at sea", interaction_id=THEIRS, interaction_user_id=USER, after_s=70)

    for message in (start, video, replace(theirs, id=start.id, is_edit=True)):
        await intake.take(message, rig.now())

    assert await states(rig, 1) == [State.COMPLETED]
    assert (await rig.job(1)).said.attachments[0].filename == "ours.mp4"  # type: ignore[union-attr]


async def test_a_video_that_repeats_what_our_user_ran_by_hand_is_nobodys(rig: Rig, intake: Intake) -> None:
    await rig.sent(1, "two cats at sea")
    start = rig.says(THEIR_START, after_s=0, interaction_id=THEIRS, interaction_user_id=USER)

    await intake.take(start, rig.now())
    await intake.take(rig.completion("two dogs at sea"), rig.now())
    await intake.take(rig.completion("two cats at sea", name="ours.mp4", after_s=70), rig.now())

    assert (await rig.job(1)).said.attachments[0].filename == "ours.mp4"  # type: ignore[union-attr]


async def test_a_cut_prompt_waits_for_the_bots_first_word_of_the_longer_one_and_no_longer(
    rig: Rig, intake: Intake
) -> None:
    """The bot thinks first, so that its first word is an edit of a message which is bound already."""
    longer = snowflake_at(START_MS + 80)
    await rig.sent(1, "a cat on a roof")
    await rig.sent(2, "a cat on a roof tonight")
    thinking = rig.says("", flags=LOADING, interaction_id=longer, interaction_user_id=USER)
    words = START.replace("a cat", "a cat on a roof tonight")

    await intake.take(InteractionCreated(longer, "nonce-2"), rig.now())
    await intake.take(thinking, rig.now())
    await intake.take(rig.completion("a cat on a roof"), rig.now())
    before = await states(rig, 1, 2)
    await intake.take(replace(thinking, content=words, flags=0, is_edit=True), rig.now())

    assert before == [State.SENT, State.SENT]
    assert await states(rig, 1, 2) == [State.COMPLETED, State.STARTED]


@pytest.mark.parametrize("is_start_heard", [True, False])
async def test_what_a_person_runs_by_hand_just_before_the_first_job_is_not_given_to_it(
    rig: Rig, intake: Intake, *, is_start_heard: bool
) -> None:
    by_hand = "a red balloon over Paris"
    if is_start_heard:
        ids = {"interaction_id": snowflake_at(START_MS), "interaction_user_id": USER}
        await intake.take(rig.says(started(by_hand), after_s=1, **ids), rig.now())
    rig.clock.pass_s(40)
    await rig.sent(1, "a knight rides through a stormy night")

    await intake.take(rig.completion(prompt=by_hand, name="balloon.mp4", after_s=42), rig.now())

    assert await states(rig, 1) == [State.SENT]


async def test_a_video_that_may_be_of_a_silent_neighbour_is_taken_in_before_its_job_is_given_up(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent(1, "a cat in the snow")
    await rig.sent(2, "a cat in the snow that eats a fish")
    ours = snowflake_at(START_MS + 100)
    start = rig.says(started("a cat in the snow"), after_s=1, nonce="nonce-1", interaction_id=ours)
    await intake.take(InteractionCreated(ours, "nonce-1"), rig.now())
    await intake.take(start, rig.now())
    await intake.take(rig.completion(prompt="a cat in the snow", name="1.mp4", after_s=60), rig.now())
    undecided = await states(rig, 1, 2)
    rig.clock.pass_s(1801)
    rig.listened_ms += 1_801_000

    silence = SilentJobs(rig.context, whole, intake.in_question)
    await silence.sweep()
    await intake.retry_strays(rig.now())

    assert undecided == [State.STARTED, State.SENT]
    assert await states(rig, 1, 2) == [State.COMPLETED, State.GIVEN_UP]
    assert not (await rig.job(1)).is_late


async def whole() -> Reach:
    return Reach.WHOLE


@pytest.mark.parametrize("way", ["a reply to its start", "by its interaction", "an edit of its start"])
async def test_a_job_that_got_its_equals_video_leaves_it_its_own(rig: Rig, intake: Intake, way: str) -> None:
    """The bridge died in the POST of the first job: no id of its is known when the second's video comes."""
    await rig.sending(1)
    rig.clock.pass_s(2)
    await rig.sent(2)
    await intake.take(InteractionCreated(snowflake_at(START_MS + 2_100), "nonce-2"), rig.now())
    first = snowflake_at(START_MS + 100)

    await intake.take(rig.completion(name="seconds.mp4", after_s=30), rig.now())
    start = rig.says(START, after_s=1, interaction_id=first, interaction_user_id=USER, is_history=True)
    await intake.take(start, rig.now())
    video = rig.completion(name="firsts.mp4", after_s=40)
    videos = {
        "a reply to its start": replace(video, reference_id=start.id),
        "by its interaction": replace(video, interaction_id=first, interaction_user_id=USER),
        "an edit of its start": replace(
            video, id=start.id, is_edit=True, interaction_id=first, interaction_user_id=USER
        ),
    }
    await intake.take(videos[way], rig.now())
    await intake.take(videos[way], rig.now())

    assert await states(rig, 1, 2) == [State.COMPLETED, State.COMPLETED]
    assert await video_of(rig, 1) == "seconds.mp4"
    assert await video_of(rig, 2) == "firsts.mp4"


@pytest.mark.parametrize("name", ["own.mp4", "again.mp4"])
async def test_what_a_job_with_its_own_video_says_again_is_not_its_equals(
    rig: Rig, intake: Intake, name: str
) -> None:
    await rig.sent(1)
    await rig.sent(2)
    ids = {number: snowflake_at(START_MS + 100 * number) for number in (1, 2)}
    for number, interaction_id in ids.items():
        await intake.take(InteractionCreated(interaction_id, f"nonce-{number}"), rig.now())
    own = rig.completion(name="own.mp4", after_s=30, interaction_id=ids[1], interaction_user_id=USER)
    await intake.take(own, rig.now())

    again = rig.completion(name=name, after_s=40, interaction_id=ids[1], interaction_user_id=USER)
    await intake.take(again, rig.now())
    await intake.take(replace(own, attachments=again.attachments, is_edit=True), rig.now())

    assert await states(rig, 1, 2) == [State.COMPLETED, State.SENT]


async def test_how_the_bot_puts_a_prompt_tells_the_start_of_an_equal_job_whose_id_a_death_has_eaten(
    rig: Rig, intake: Intake
) -> None:
    """The start of the second, taken for what our user ran by hand, made the videos of all three doubtful."""
    kitten = START.replace("a cat", "a kitten")
    ids = {number: snowflake_at(START_MS + 4_000 * number) for number in (1, 2, 3)}
    for number in (1, 2, 3):
        rig.clock.pass_s(4)
        await (rig.sending if number == 2 else rig.sent)(number)
        if number != 2:
            await intake.take(InteractionCreated(ids[number], f"nonce-{number}"), rig.now())
            await intake.take(rig.says(kitten, nonce=f"nonce-{number}", after_s=4 * number), rig.now())

    seconds = rig.says(kitten, after_s=9, interaction_id=ids[2], interaction_user_id=USER, is_history=True)
    await intake.take(seconds, rig.now())
    for number in (1, 2, 3):
        video = rig.completion("a kitten", name=f"{number}.mp4", after_s=60 + number)
        await intake.take(video, rig.now())

    assert await states(rig, 1, 2, 3) == [State.COMPLETED] * 3
    assert {await video_of(rig, number) for number in (1, 2, 3)} == {"1.mp4", "2.mp4", "3.mp4"}


async def test_how_the_bot_put_a_prompt_of_a_job_that_is_over_tells_the_start_of_its_equal(
    rig: Rig, intake: Intake
) -> None:
    kitten = START.replace("a cat", "a kitten")
    await rig.sent(1)
    await intake.take(InteractionCreated(snowflake_at(START_MS + 100), "nonce-1"), rig.now())
    await intake.take(rig.says(kitten, nonce="nonce-1", after_s=1), rig.now())
    await intake.take(rig.completion("a kitten", nonce="nonce-1", name="1.mp4", after_s=2), rig.now())
    rig.clock.pass_s(5)
    await rig.sending(2)

    made = snowflake_at(START_MS + 5_100)
    start = rig.says(kitten, after_s=6, interaction_id=made, interaction_user_id=USER, is_history=True)
    await intake.take(start, rig.now())
    video = rig.completion("a kitten", name="2.mp4", after_s=8, interaction_id=made, interaction_user_id=USER)
    await intake.take(replace(video, id=start.id, is_edit=True), rig.now())

    assert await states(rig, 1, 2) == [State.COMPLETED, State.COMPLETED]
    assert await video_of(rig, 2) == "2.mp4"
