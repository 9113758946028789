"""An order becomes a job on an account that can take it, or an answer that says why not."""

import asyncio
from typing import Final

import pytest

from bridge.accounts.account import Account
from bridge.accounts.condition import Condition, Standing
from bridge.accounts.slots import Full, Held
from bridge.chat import EPHEMERAL
from bridge.flows.hear.intake import Intake
from bridge.flows.step import take_step
from bridge.flows.submit.not_connected import NotConnected, not_connected
from bridge.flows.submit.order import Order
from bridge.flows.submit.submit import Accepted, FileTooLarge, NoRoom, NotConfigured, Submit
from bridge.jobs.command import Command, Upload, Verb
from bridge.jobs.job import Cause, State
from bridge.jobs.signals import Claimed
from bridge.store.database import StoreUnavailable
from bridge.store.rows import accounts as account_rows
from bridge.store.rows import jobs
from tests.flows.conftest import CHANNEL, SERVER, TENANT, Rig, begin, condition
from tests.tools.account_list import OTHER_CHANNEL
from tests.tools.hand_clock import START_MS
from tests.tools.running_accounts import FakeAccounts, another_account, submit_within

COMMAND: Final = Command(verb=Verb.CREATE, prompt="a cat", style="Realistic")
ORDER: Final = Order(tenant=TENANT, command=COMMAND)
ANIMATED: Final = Order(
    tenant=TENANT, command=Command(verb=Verb.ANIMATE, image=Upload(11, "image/png", "key", "hash"))
)


@pytest.fixture
def running_accounts() -> FakeAccounts:
    return FakeAccounts()


@pytest.fixture
def submit(rig: Rig, running_accounts: FakeAccounts) -> Submit:
    return submit_within(0, rig, running_accounts)


async def hold(rig: Rig, account: Account, until_ms: int) -> None:
    await rig.database.write(lambda tx: account_rows.hold(tx, account.id, rig.clock.now_ms(), until_ms))


async def kept(rig: Rig) -> int:
    return len(await rig.database.read(lambda tx: tx.all("SELECT id FROM jobs")))


async def test_an_order_becomes_a_job_that_waits(rig: Rig, submit: Submit) -> None:
    done = await submit.run(ORDER)

    assert isinstance(done, Accepted)
    assert (done.job.state, done.job.account, done.job.status) == (State.WAITING, rig.account.id, "created")
    assert await rig.database.read(lambda tx: jobs.by_id(tx, done.job.id)) == done.job


async def test_orders_at_once_never_share_the_last_slot(rig: Rig, submit: Submit) -> None:
    done = await asyncio.gather(*(submit.run(ORDER) for _ in range(5)))

    accepted = [one.job.id for one in done if isinstance(one, Accepted)]
    full = [one for one in done if isinstance(one, Full)]
    assert (len(accepted), len(full), await kept(rig)) == (2, 3, 2)
    assert all(set(one.executing) == set(accepted) and one.max_jobs == 2 for one in full)


async def test_the_free_account_is_chosen_and_full_ones_are_summed_up(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    other = await another_account(rig, running_accounts)

    done = [await submit.run(ORDER) for _ in range(4)]

    channels = sorted(one.job.channel for one in done if isinstance(one, Accepted))
    assert channels == sorted([CHANNEL, CHANNEL, other.channel])
    assert isinstance(done[3], Full)
    assert (done[3].max_jobs, len(done[3].executing)) == (3, 3)


async def test_an_account_that_keeps_silent_is_passed_over(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    other = await another_account(rig, running_accounts)
    await hold(rig, rig.account, START_MS + 10_000)

    done = await submit.run(ORDER)

    assert isinstance(done, Accepted)
    assert done.job.account == other.id


async def test_until_when_all_keep_silent_is_said(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    other = await another_account(rig, running_accounts)
    await hold(rig, rig.account, START_MS + 10_000)
    await hold(rig, other, START_MS + 5_000)

    assert await submit.run(ORDER) == Held(START_MS + 5_000)
    assert await kept(rig) == 0


async def test_an_account_that_is_not_connected_is_passed_over(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    other = await another_account(rig, running_accounts)
    running_accounts.conditions[rig.account.id] = condition(Standing.RECONNECTING)

    done = await submit.run(ORDER)

    assert isinstance(done, Accepted)
    assert done.job.account == other.id


async def test_without_a_connection_there_is_no_job(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    running_accounts.conditions[rig.account.id] = condition(Standing.CONNECTING)

    assert isinstance(await submit.run(ORDER), NotConnected)
    assert await kept(rig) == 0


def test_a_submit_without_a_connection_says_why_of_a_few_accounts() -> None:
    outage = Condition(
        Standing.CONNECTING, 0, "the name discord.com cannot be resolved (DNS)", "Check the DNS."
    )
    dead = Condition(Standing.BAD_TOKEN, 0, "Discord refused the token (401)", "Post the account again.")

    refusal = not_connected([("1", outage), ("2", dead), ("3", None)], 5)

    assert refusal.details == (
        "Account 1: the name discord.com cannot be resolved (DNS). Check the DNS. "
        "Account 2: Discord refused the token (401). Post the account again. "
        "Account 3: it has not been started yet. 2 more are not connected either."
    )


async def test_a_connection_within_the_patience_is_waited_for(
    rig: Rig, running_accounts: FakeAccounts
) -> None:
    running_accounts.conditions[rig.account.id] = condition(Standing.CONNECTING)
    submitting = asyncio.ensure_future(submit_within(15, rig, running_accounts).run(ORDER))
    await rig.clock.sleeper_s()

    running_accounts.conditions.clear()
    with rig.notifier.subscribe(f"account:{rig.account.id}") as subscription:
        rig.notifier.notify("conditions")
        assert await subscription.wait(60)
    submitting.cancel()

    assert await kept(rig) == 1


async def test_accounts_that_need_a_person_leave_a_failed_job(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    running_accounts.conditions[rig.account.id] = condition(Standing.NEEDS_HUMAN, "Discord wants a captcha")

    done = await submit.run(ORDER)

    assert isinstance(done, Accepted)
    assert done.job.failure is not None
    assert (done.job.state, done.job.failure.cause) == (State.FAILED, Cause.ACCOUNT)
    assert (done.job.failure.details, await kept(rig)) == ("Discord wants a captcha", 1)


async def test_one_usable_account_is_enough(rig: Rig, submit: Submit, running_accounts: FakeAccounts) -> None:
    other = await another_account(rig, running_accounts)
    running_accounts.conditions[rig.account.id] = condition(Standing.BAD_TOKEN)

    done = await submit.run(ORDER)

    assert isinstance(done, Accepted)
    assert done.job.account == other.id


async def test_an_unknown_channel_is_not_configured(rig: Rig, submit: Submit) -> None:
    order = Order(tenant=TENANT, command=COMMAND, channel=OTHER_CHANNEL)

    assert await submit.run(order) == NotConfigured(OTHER_CHANNEL)


async def test_a_tenant_sees_its_own_accounts_alone(rig: Rig, submit: Submit) -> None:
    assert await submit.run(Order(tenant="another", command=COMMAND)) == NotConfigured(None)


async def test_a_token_that_comes_with_the_order_works_without_a_stored_account(
    rig: Rig, submit: Submit
) -> None:
    order = Order(tenant=TENANT, command=COMMAND, token="guest", server=SERVER, channel=OTHER_CHANNEL)

    done = await submit.run(order)
    again = await submit.run(order)

    assert isinstance(done, Accepted)
    assert isinstance(again, Accepted)
    assert done.job.account == again.job.account != rig.account.id


async def test_no_account_is_made_for_a_token_while_there_is_no_room_for_it(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    order = Order(tenant=TENANT, command=COMMAND, token="guest", server=SERVER, channel=OTHER_CHANNEL)
    running_accounts.has_any_room = False

    refused = await submit.run(order)

    rows = await rig.database.read(lambda tx: tx.all("SELECT id FROM accounts"))
    assert (refused, len(rows), await kept(rig)) == (NoRoom(), 1, 0)


async def test_an_account_in_no_list_that_runs_takes_jobs_when_there_is_no_room_for_others(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    order = Order(tenant=TENANT, command=COMMAND, token="guest", server=SERVER, channel=OTHER_CHANNEL)
    first = await submit.run(order)
    assert isinstance(first, Accepted)
    assert first.job.account is not None
    running_accounts.has_any_room = False

    while_stopped = await submit.run(order)
    running_accounts.running.append(first.job.account)
    while_running = await submit.run(order)

    assert while_stopped == NoRoom()
    assert isinstance(while_running, Accepted)


async def test_the_limit_of_an_order_goes_before_that_of_the_account(rig: Rig, submit: Submit) -> None:
    order = Order(tenant=TENANT, command=COMMAND, max_jobs=1)

    first, second = await submit.run(order), await submit.run(order)

    assert isinstance(first, Accepted)
    assert second == Full(1, (first.job.id,))


async def test_the_bots_first_word_ends_the_wait(rig: Rig, running_accounts: FakeAccounts) -> None:
    await rig.sent(7, "a dog")
    submitting = asyncio.ensure_future(
        submit_within(15, rig, running_accounts).run(Order(tenant=TENANT, command=COMMAND))
    )
    await rig.clock.sleeper_s()
    [waiting] = [one for one in await rig.database.read(lambda tx: jobs.open_of(tx, 1)) if one.number == 2]
    await rig.database.write(lambda tx: begin(tx, waiting, "nonce-x", START_MS))
    await rig.database.write(lambda tx: take_step(tx, waiting, Claimed(), rig.now()))

    refusal = rig.says("No.", nonce="nonce-x", flags=EPHEMERAL)
    await Intake(rig.context).take(refusal, rig.now())

    done = await submitting
    assert isinstance(done, Accepted)
    assert (done.job.id, done.job.status) == (waiting.id, "moderated")


async def test_a_kept_job_is_answered_although_the_store_fails_right_after(
    rig: Rig, running_accounts: FakeAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = submit_within(0, rig, running_accounts)

    async def unavailable(*_: object) -> None:
        raise StoreUnavailable("the disk does not answer")

    monkeypatch.setattr(type(rig.database), "read", unavailable)
    submitted = await submit.run(ORDER)
    monkeypatch.undo()

    assert isinstance(submitted, Accepted)
    assert submitted.job.state is State.WAITING
    assert await kept(rig) == 1


async def test_a_clock_that_is_set_back_lets_nobody_wait_longer_for_a_connection(
    rig: Rig, running_accounts: FakeAccounts
) -> None:
    running_accounts.conditions[rig.account.id] = condition(Standing.RECONNECTING)
    submitting = asyncio.ensure_future(submit_within(15, rig, running_accounts).run(ORDER))
    await rig.clock.sleeper_s()

    rig.clock.set_s(-3_600)
    rig.clock.pass_s(15)

    async with asyncio.timeout(30):
        assert isinstance(await submitting, NotConnected)


async def test_a_hold_left_by_a_clock_that_was_ahead_does_not_refuse(
    rig: Rig, running_accounts: FakeAccounts
) -> None:
    until_ms = rig.clock.now_ms() + 10_000
    await rig.sent(7, "a dog")
    await rig.database.write(lambda tx: account_rows.hold(tx, rig.account.id, until_ms - 10_000, until_ms))
    held = await submit_within(0, rig, running_accounts).run(Order(tenant=TENANT, command=COMMAND))

    rig.clock.set_s(-3_600)
    taken = await submit_within(0, rig, running_accounts).run(Order(tenant=TENANT, command=COMMAND))

    assert isinstance(held, Held)
    assert isinstance(taken, Accepted)


async def test_a_session_that_is_closed_by_a_stop_is_nothing_that_a_person_has_to_mend(
    rig: Rig, running_accounts: FakeAccounts
) -> None:
    submit = submit_within(15, rig, running_accounts)
    running_accounts.conditions[rig.account.id] = condition(Standing.STOPPED, "the session is closed")
    submit.closing.has_begun = True

    submitted = await submit.run(ORDER)

    assert submitted == NotConnected("The bridge is stopping")
    assert await kept(rig) == 0


async def test_a_picture_goes_to_an_account_from_which_discord_takes_it(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    other = await another_account(rig, running_accounts)
    running_accounts.file_limits = {rig.account.id: 10, other.id: 11}

    done = await submit.run(ANIMATED)

    assert isinstance(done, Accepted)
    assert done.job.account == other.id


async def test_a_picture_that_no_account_may_upload_is_refused_with_the_highest_limit(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    other = await another_account(rig, running_accounts)
    running_accounts.file_limits = {rig.account.id: 10, other.id: 5}

    assert await submit.run(ANIMATED) == FileTooLarge("image", 10)
    assert await kept(rig) == 0
    assert isinstance(await submit.run(ORDER), Accepted), "an order without a picture has no limit"


async def test_a_picture_waits_for_an_account_that_may_be_allowed_more(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    other = await another_account(rig, running_accounts)
    running_accounts.file_limits = {rig.account.id: 10}
    running_accounts.conditions[other.id] = condition(Standing.RECONNECTING)
    waiting = await submit.run(ANIMATED)
    running_accounts.conditions[other.id] = condition(Standing.BAD_TOKEN)

    assert isinstance(waiting, NotConnected)
    assert await submit.run(ANIMATED) == FileTooLarge("image", 10)


async def test_a_full_account_that_takes_the_picture_is_full(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    other = await another_account(rig, running_accounts)
    running_accounts.file_limits = {rig.account.id: 10, other.id: 11}
    await submit.run(ANIMATED)

    assert isinstance(await submit.run(ANIMATED), Full)
