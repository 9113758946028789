"""Two accounts of one person in one channel hear each other's messages: each moves its own jobs alone."""

from dataclasses import replace

import pytest

from bridge.accounts.account import Kind
from bridge.chat import InteractionCreated, snowflake_at
from bridge.flows.hear.intake import Intake
from bridge.jobs.job import State
from tests.flows.conftest import CHANNEL, SERVER, TOKEN, USER, Rig
from tests.tools.bot_answers import started
from tests.tools.hand_clock import START_MS

START = started("a cat")
OURS = snowflake_at(START_MS + 80)


@pytest.fixture
async def other(rig: Rig) -> Rig:
    """The account of another tenant, with the same token in the same channel; it has listened for long."""
    account = await rig.database.write(
        lambda tx: rig.accounts.insert(
            tx,
            tenant="other",
            kind=Kind.CONFIGURED,
            server=SERVER,
            channel=CHANNEL,
            max_jobs=2,
            token=TOKEN,
            now_ms=rig.clock.now_ms(),
        )
    )
    return replace(rig, account=account, listened_ms=10**9)


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.context)


@pytest.fixture
def others_intake(other: Rig) -> Intake:
    return Intake(other.context)


async def test_a_message_that_names_a_job_of_another_account_does_not_move_it(
    rig: Rig, other: Rig, others_intake: Intake
) -> None:
    sent = await rig.sent()

    await others_intake.take(rig.says(START, nonce="nonce-1"), other.now())
    await others_intake.take(rig.completion(nonce="nonce-1"), other.now())

    assert await rig.job() == sent
    assert others_intake.unmatched.count == 0


@pytest.mark.parametrize("named", [{"nonce": "nonce-1"}, {"interaction_id": OURS}])
async def test_a_video_that_names_a_job_of_another_account_is_not_given_to_an_equal_one_of_ours(
    rig: Rig, other: Rig, intake: Intake, others_intake: Intake, named: dict[str, str]
) -> None:
    """The ids of our own job are not known: time and words speak for it."""
    await rig.sent(1)
    await other.sent(2)
    created = InteractionCreated(OURS, "nonce-1")
    video = rig.completion(interaction_user_id=USER, **named)  # type: ignore[arg-type]

    for each, of in ((intake, rig), (others_intake, other)):
        await each.take(created, of.now())
        await each.take(video, of.now())

    assert [(await rig.job(number)).state for number in (1, 2)] == [State.COMPLETED, State.SENT]


async def test_a_message_given_by_its_words_is_let_go_when_it_names_a_job_of_another_account(
    rig: Rig, other: Rig, intake: Intake, others_intake: Intake
) -> None:
    await rig.sent(1)
    await other.sent(2)
    await intake.take(InteractionCreated(OURS, "nonce-1"), rig.now())
    start = rig.says(START)
    await others_intake.take(start, other.now())
    named = replace(start, is_edit=True, interaction_id=OURS, interaction_user_id=USER)
    await others_intake.take(named, other.now())

    await others_intake.take(replace(rig.completion(), id=start.id, is_edit=True), other.now())

    assert (await rig.job(2)).state is not State.COMPLETED
