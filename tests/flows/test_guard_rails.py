"""Guard rails of accounts: who takes a job, who waits and until when, what is counted."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest

from bridge.accounts.guard_rails import GuardRails
from bridge.accounts.slots import Guarded, NotLabelled
from bridge.flows.send.next_job import SenderState, WaitReason, next_turn
from bridge.flows.submit.assigning import Candidates
from bridge.flows.submit.order import Order
from bridge.flows.submit.queue import Queue
from bridge.flows.submit.submit import Accepted, Submit
from bridge.flows.submit.waiting import wait_of
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import Job, State
from bridge.pixverse.profile import DEFAULT
from bridge.store.rows import guard_rails, interactions, jobs
from bridge.store.rows.slots import slots_of
from tests.flows.conftest import CHANNEL, TENANT, Rig, begin
from tests.tools.account_list import OTHER_CHANNEL
from tests.tools.hand_clock import START_MS
from tests.tools.running_accounts import FakeAccounts, another_account, submit_within

ORDER: Final = Order(
    tenant=TENANT, command=Command(verb=Verb.CREATE, prompt="a cat", style="Realistic"), max_jobs=10
)
HOUR_S: Final = 3_600


@pytest.fixture
def running_accounts() -> FakeAccounts:
    return FakeAccounts()


@pytest.fixture
def submit(rig: Rig, running_accounts: FakeAccounts) -> Submit:
    return submit_within(0, rig, running_accounts)


async def keep(rig: Rig, rails: GuardRails, channel: str = CHANNEL) -> None:
    await rig.database.write(lambda tx: guard_rails.keep(tx, TENANT, channel, rails))


async def accepted(submit: Submit, order: Order = ORDER) -> Job:
    done = await submit.run(order)
    assert isinstance(done, Accepted)
    return done.job


def hour(at_ms: int, more: int = 0) -> str:
    return f"{(datetime.fromtimestamp(at_ms / 1000, UTC).hour + more) % 24:02}:00"


async def test_an_account_that_has_had_its_jobs_of_the_day_refuses_and_says_until_when(
    rig: Rig, submit: Submit
) -> None:
    await keep(rig, GuardRails(max_per_day=2))
    for _ in range(2):
        await accepted(submit)

    done = await submit.run(ORDER)

    assert isinstance(done, Guarded)
    assert done.why == f"Account {CHANNEL}: it has had 2 of 2 jobs today."
    assert done.opens_ms == GuardRails().day_ends_ms(START_MS)


async def test_jobs_of_yesterday_do_not_count_and_those_that_were_sent_today_do(
    rig: Rig, submit: Submit
) -> None:
    await keep(rig, GuardRails(max_per_day=1))
    job = await accepted(submit)
    await rig.database.write(lambda tx: begin(tx, job, "nonce", rig.clock.now_ms()))
    await rig.database.write(lambda tx: interactions.answered(tx, "nonce", "taken", rig.clock.now_ms()))
    await rig.database.write(
        lambda tx: jobs.save(tx, replace(job, state=State.CANCELLED, ended_ms=START_MS, is_owed=True))
    )

    today = await submit.run(ORDER)
    rig.clock.pass_s(24 * HOUR_S)

    assert isinstance(today, Guarded)
    await accepted(submit)


async def test_jobs_that_were_sent_while_the_clock_was_ahead_do_not_count_once_it_is_right(
    rig: Rig, submit: Submit
) -> None:
    await keep(rig, GuardRails(max_per_day=1))
    job, ahead_ms = await accepted(submit), START_MS + 48 * HOUR_S * 1000
    await rig.database.write(lambda tx: begin(tx, job, "nonce", ahead_ms))
    await rig.database.write(
        lambda tx: jobs.save(tx, replace(job, state=State.CANCELLED, ended_ms=ahead_ms, is_owed=True))
    )

    await accepted(submit)


async def test_an_account_takes_nothing_in_its_quiet_hours(rig: Rig, submit: Submit) -> None:
    await keep(rig, GuardRails(quiet_hours=f"{hour(START_MS)}-{hour(START_MS, 1)} UTC"))

    done = await submit.run(ORDER)
    rig.clock.pass_s(HOUR_S)

    assert isinstance(done, Guarded)
    assert done.why == f"Account {CHANNEL}: it has quiet hours."
    await accepted(submit)


async def test_what_it_accepted_before_its_quiet_hours_is_sent_after_them(rig: Rig, submit: Submit) -> None:
    job = await accepted(submit)
    await keep(rig, GuardRails(quiet_hours=f"{hour(START_MS)}-{hour(START_MS, 1)} UTC"))
    state = SenderState(START_MS, pace_s=0)

    turn = await rig.database.read(lambda tx: next_turn(tx, rig.account.id, DEFAULT, state))
    wait = await rig.database.read(lambda tx: wait_of(tx, job, rig.account.id, DEFAULT, state))

    assert turn.post is None
    assert turn.prepare == ()
    assert wait is not None
    assert wait.reason is WaitReason.QUIET_HOURS
    assert min(turn.waits_ms) == (wait.until_ms or 0) - START_MS


async def test_the_pace_of_an_account_is_its_own(rig: Rig, submit: Submit) -> None:
    sent, job = await accepted(submit), await accepted(submit)
    await rig.database.write(lambda tx: begin(tx, sent, "nonce", START_MS))
    await keep(rig, GuardRails(pace_s=60))
    state = SenderState(START_MS + 10_000, pace_s=1, ready=frozenset({sent.id, job.id}))

    turn = await rig.database.read(lambda tx: next_turn(tx, rig.account.id, DEFAULT, state))

    assert turn.post is None
    assert min(turn.waits_ms) == 50_000


async def test_labels_choose_among_accounts(rig: Rig, submit: Submit, running_accounts: FakeAccounts) -> None:
    other = await another_account(rig, running_accounts)
    await keep(rig, GuardRails(labels=("nsfw", "studio")), OTHER_CHANNEL)

    job = await accepted(submit, replace(ORDER, labels=("studio",)))

    assert job.account == other.id


async def test_labels_that_no_account_has_are_refused(rig: Rig, submit: Submit) -> None:
    assert await submit.run(replace(ORDER, labels=("studio",))) == NotLabelled(("studio",))


async def test_a_job_waits_in_the_queue_for_a_guard_rail_to_open(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    await another_account(rig, running_accounts)
    await keep(rig, GuardRails(labels=("studio",), max_per_day=1), OTHER_CHANNEL)
    order = replace(ORDER, labels=("studio",), queue=2)
    the_queue = Queue(rig.database, rig.notifier, rig.clock, running_accounts, 0)
    first, second = await accepted(submit, order), await accepted(submit, order)

    await the_queue.look()
    today = await rig.database.read(lambda tx: jobs.by_id(tx, second.id))
    rig.clock.pass_s(24 * HOUR_S)
    await rig.database.write(
        lambda tx: jobs.save(tx, replace(first, state=State.CANCELLED, ended_ms=START_MS))
    )
    await the_queue.look()
    tomorrow = await rig.database.read(lambda tx: jobs.by_id(tx, second.id))

    assert (today and today.state, tomorrow and tomorrow.state) == (State.QUEUED, State.WAITING)


async def test_an_account_is_chosen_as_often_as_it_weighs(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    other = await another_account(rig, running_accounts)
    await keep(rig, GuardRails(weight=4), OTHER_CHANNEL)
    found = await rig.database.read(lambda tx: slots_of(tx, [rig.account.id, other.id], START_MS))
    chance = random.Random(1)

    first = [
        Candidates([], {}, seed=chance.getrandbits(32)).preferred(found)[0].account for _ in range(1_000)
    ]

    assert 760 < first.count(other.id) < 840
