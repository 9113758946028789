"""No job waits or runs for ever, and no gap is taken for read that is not."""

from dataclasses import replace

import pytest

from bridge.accounts.account import Kind
from bridge.accounts.condition import Standing
from bridge.chat import LOADING, InteractionCreated, ModalOffered, snowflake_at
from bridge.flows.configure import AccountEntry, Configure
from bridge.flows.end.cancel import Cancel
from bridge.flows.end.giving_up import SilentJobs, UnprovenJobs, UnusableAccount
from bridge.flows.hear.catch_up import LONGEST_PAUSE_S, MOST_PAGES, PAGE, CatchUp, Reach
from bridge.flows.hear.intake import Intake
from bridge.jobs.job import Cause, State
from bridge.store.rows import accounts, interactions
from tests.flows.conftest import (
    BOT,
    CHANNEL,
    SERVER,
    TENANT,
    TOKEN,
    USER,
    Rig,
    condition,
    nothing_in_question,
)
from tests.tools.hand_clock import START_MS

START = f"<@{USER}> We are making videos. (prompt: a cat style: Realistic) Author: <@{USER}>"


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.context)


@pytest.fixture
def catch_up(rig: Rig, intake: Intake) -> CatchUp:
    return CatchUp(rig.context, lambda page: intake.take_page(page, rig.now()))


def chatter(rig: Rig) -> None:
    """Let more be said in the channel than one catch-up reads."""
    count = MOST_PAGES * PAGE
    rig.session.said = [rig.says("chat", after_s=5 + n, author_id=BOT) for n in range(count)]


async def test_a_history_longer_than_one_reading_is_read_on(rig: Rig, catch_up: CatchUp) -> None:
    await rig.sent(1, "an old one")
    await Cancel(rig.database, rig.notifier, rig.now).run(TENANT, "job-1")
    rig.clock.pass_s(36_000)
    await rig.sent(2)
    chatter(rig)
    rig.session.said.append(rig.completion(after_s=36_060))

    first = await catch_up.run()
    second = await catch_up.run()

    assert (first, second) == (Reach.PART, Reach.WHOLE)
    assert (await rig.job(2)).state is State.COMPLETED


async def test_an_unfinished_reading_proves_nothing_absent(
    rig: Rig, intake: Intake, catch_up: CatchUp
) -> None:
    await rig.sent(1, "an old one")
    await Cancel(rig.database, rig.notifier, rig.now).run(TENANT, "job-1")
    rig.clock.pass_s(36_000)
    await rig.sending(2)
    chatter(rig)
    taken = snowflake_at(START_MS + 36_000_500)
    rig.session.said.append(rig.says(START, after_s=36_001, interaction_id=taken, interaction_user_id=USER))
    doubt = UnprovenJobs(rig.context, catch_up.run, lambda: None, intake.in_question)
    rig.clock.pass_s(30)

    await doubt.sweep()
    await doubt.sweep()

    assert (await rig.job(2)).state is State.STARTED


async def modal_sent(rig: Rig, intake: Intake) -> None:
    """Let the bot answer a job with a modal whose submit has begun and of which nothing is known."""
    await rig.sent(1)
    modal = ModalOffered(snowflake_at(START_MS), "nonce-1", CHANNEL, BOT, "again", "Again", ())
    await intake.take(modal, rig.now())
    await rig.database.write(
        lambda tx: interactions.begin(
            tx, nonce="modal", job="job-1", account=1, kind="modal", sender=USER, now_ms=rig.clock.now_ms()
        )
    )


async def test_a_modal_submit_of_which_nothing_is_found_is_given_up(
    rig: Rig, intake: Intake, catch_up: CatchUp
) -> None:
    await modal_sent(rig, intake)
    doubt = UnprovenJobs(rig.context, catch_up.run, lambda: None, intake.in_question)
    rig.clock.pass_s(30)

    await doubt.sweep()
    after_one_read = (await rig.job(1)).state
    await doubt.sweep()

    job = await rig.job(1)
    assert after_one_read is State.SENT
    assert job.failure is not None
    assert (job.state, job.failure.cause, job.is_owed) == (State.GIVEN_UP, Cause.UNKNOWN_OUTCOME, True)


@pytest.mark.parametrize("news", ["taken", "created", "thinking"])
async def test_a_modal_submit_of_which_there_is_news_is_waited_for(
    rig: Rig, intake: Intake, catch_up: CatchUp, news: str
) -> None:
    await modal_sent(rig, intake)
    doubt = UnprovenJobs(rig.context, catch_up.run, lambda: None, intake.in_question)
    if news == "taken":
        await rig.database.write(lambda tx: interactions.answered(tx, "modal", "taken", rig.clock.now_ms()))
    elif news == "created":
        await intake.take(InteractionCreated(snowflake_at(START_MS + 50), "modal"), rig.now())
    else:
        await intake.take(rig.says("", flags=LOADING, nonce="modal"), rig.now())
    rig.clock.pass_s(30)

    for _ in range(3):
        await doubt.sweep()

    assert (await rig.job(1)).state is State.SENT


async def test_an_undecided_stray_does_not_make_the_history_be_read_all_the_time(
    rig: Rig, intake: Intake, catch_up: CatchUp
) -> None:
    await rig.sent(1, negative_prompt="dogs")
    await rig.sent(2, negative_prompt="birds")
    await intake.take(rig.completion(name="undecided.mp4"), rig.now())
    await rig.sending(3, "a dog")
    doubt = UnprovenJobs(rig.context, catch_up.run, lambda: None, intake.in_question)
    rig.clock.pass_s(30)

    for _ in range(200):
        await doubt.sweep()

    assert len(rig.session.asked) < 20


async def test_a_history_that_others_ask_for_in_vain_keeps_no_silent_job_open(
    rig: Rig, catch_up: CatchUp
) -> None:
    silence = SilentJobs(rig.context, catch_up.run, nothing_in_question)
    await rig.sent(1)
    rig.session.is_mute = True
    rig.listened_ms = 1_800_001

    states = []
    while rig.listened_ms <= 1_800_001 + LONGEST_PAUSE_S * 1000:
        await catch_up.run()
        await silence.sweep()
        states.append((await rig.job(1)).state)
        rig.clock.pass_s(5)
        rig.listened_ms += 5_000

    assert states == [State.SENT] * (len(states) - 1) + [State.GIVEN_UP]


async def test_younger_jobs_do_not_overtake_one_that_waits_for_a_look_alike(rig: Rig) -> None:
    await rig.sent(1)
    await rig.waiting(2, negative_prompt="dogs")
    await rig.waiting(3)
    await rig.waiting(4, "something else")

    chosen = await rig.next_waiting()

    assert chosen is not None
    assert chosen.id == "job-4"


@pytest.mark.parametrize(("is_listed", "after_s"), [(False, 1), (True, 86_400)])
async def test_what_a_deaf_account_has_sent_is_given_up_in_the_end(
    rig: Rig, is_listed: bool, after_s: float
) -> None:
    await rig.sent(1)
    if not is_listed:
        await rig.database.write(lambda tx: accounts.retire(tx, rig.account.id, rig.clock.now_ms()))
    rig.session.condition = condition(Standing.BAD_TOKEN, "Discord refused the token")
    deaf = UnusableAccount(rig.context)
    rig.clock.pass_s(after_s - 1)
    await deaf.sweep()
    before = (await rig.job(1)).state

    rig.clock.pass_s(1)
    await deaf.sweep()
    after = await rig.job(1)

    assert before is (State.SENT if is_listed else State.GIVEN_UP)
    assert after.state is State.GIVEN_UP
    assert after.failure is not None
    assert after.failure.cause is Cause.ACCOUNT
    assert after.is_owed


async def test_one_person_in_one_channel_stays_one_account(rig: Rig) -> None:
    """Two rows would hear the same messages, and could give one video to two jobs."""
    await rig.sent(1)
    configure = Configure(rig.database, rig.accounts, rig.notifier, rig.clock, lambda _: None)
    other_token = f"{TOKEN.split('.', maxsplit=1)[0]}.second.token"

    await configure.remove(TENANT, CHANNEL)
    await configure.set(TENANT, AccountEntry(server=SERVER, channel=CHANNEL, token=other_token, max_jobs=3))
    found = await rig.database.read(lambda tx: rig.accounts.at(tx, TENANT, CHANNEL))

    assert found is not None
    assert replace(found, updated_ms=0) == replace(
        rig.account, token=other_token, mask=found.mask, max_jobs=3, kind=Kind.CONFIGURED, updated_ms=0
    )
