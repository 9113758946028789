"""An account with which Discord is not reached for a day: the end of its jobs is told."""

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.accounts.condition import Standing
from bridge.flows.end.giving_up import UnreachedAccount
from bridge.jobs.job import Cause, State
from bridge.store.database import Tx
from tests.flows.conftest import Rig, condition
from tests.tools.running_account import LiveSession, ended, running

DAY_S = 86_400
SWEEP_S = 5
REASON = "the login to Discord failed (ProxyError)"


@pytest.fixture(autouse=True)
def no_connection(rig: Rig) -> None:
    rig.session.condition = condition(Standing.CONNECTING, REASON)


async def started(rig: Rig) -> UnreachedAccount:
    """Return what a start of the bridge makes of the account as it is kept."""
    account = await rig.database.read(lambda tx: rig.accounts.by_id(tx, rig.account.id))
    assert account is not None
    return UnreachedAccount(replace(rig.context, account=account))


async def pass_s(rig: Rig, unreached: UnreachedAccount, seconds: int) -> None:
    """Let time pass, a sweep every five seconds."""
    for _ in range(seconds // SWEEP_S):
        await unreached.sweep()
        rig.clock.pass_s(SWEEP_S)
    await unreached.sweep()


async def near(rig: Rig, unreached_s: int) -> UnreachedAccount:
    """Return an account that has had no connection for so long."""

    def body(tx: Tx) -> None:
        tx.run("UPDATE accounts SET unreached_ms = :ms", ms=unreached_s * 1000)

    await rig.database.write(body)
    return await started(rig)


async def test_jobs_end_after_a_day_without_a_connection(rig: Rig) -> None:
    await rig.waiting(1)
    await rig.sent(2, "a dog")
    rig.clock.pass_s(DAY_S - 60)
    unreached = await near(rig, DAY_S - 60)
    await pass_s(rig, unreached, 50)
    before = [(await rig.job(number)).state for number in (1, 2)]

    await pass_s(rig, unreached, 10)
    unsent, sent = [await rig.job(number) for number in (1, 2)]

    assert before == [State.WAITING, State.SENT]
    assert (unsent.state, sent.state) == (State.FAILED, State.GIVEN_UP)
    assert unsent.failure is not None
    assert sent.failure is not None
    assert unsent.failure.cause is sent.failure.cause is Cause.ACCOUNT
    assert (
        unsent.failure.details
        == f"Discord has not been reached for 24 hours ({REASON}). The job was not sent."
    )
    assert "24 hours" in (sent.failure.details or "")
    assert "a late result is still taken" in (sent.failure.details or "")
    assert sent.is_owed


async def test_a_running_account_counts_and_ends_its_jobs(rig: Rig, tmp_path: Path) -> None:
    await rig.sent(1)
    rig.clock.pass_s(DAY_S - 60)
    await near(rig, DAY_S - 60)
    account = await rig.database.read(lambda tx: rig.accounts.by_id(tx, rig.account.id))
    assert account is not None
    rig.account, rig.session = account, LiveSession()
    rig.session.becomes(Standing.CONNECTING, REASON)

    async with running(rig, tmp_path):
        await ended(rig)

    assert (await rig.job(1)).state is State.GIVEN_UP


async def test_a_restart_does_not_begin_the_day_anew(rig: Rig) -> None:
    await rig.waiting(1)
    rig.clock.pass_s(DAY_S - 120)
    await pass_s(rig, await near(rig, DAY_S - 120), 60)

    await pass_s(rig, await started(rig), 60)

    assert (await rig.job(1)).state is State.FAILED


async def test_time_in_which_the_bridge_did_not_run_is_none_in_which_it_tried(rig: Rig) -> None:
    await rig.waiting(1)
    await pass_s(rig, await started(rig), 60)
    rig.clock.pass_s(3 * DAY_S)

    await pass_s(rig, await started(rig), 60)

    assert (await rig.job(1)).state is State.WAITING


async def test_a_connection_begins_the_day_anew_also_for_the_next_start(rig: Rig) -> None:
    await rig.waiting(1)
    rig.clock.pass_s(DAY_S)
    unreached = await near(rig, DAY_S - 60)
    rig.session.condition = condition(Standing.CONNECTED)
    await unreached.sweep()
    rig.session.condition = condition(Standing.RECONNECTING, REASON)
    await pass_s(rig, unreached, 60)

    await pass_s(rig, await started(rig), 60)

    assert (await rig.job(1)).state is State.WAITING


async def test_a_connection_between_two_sweeps_counts(rig: Rig) -> None:
    await rig.waiting(1)
    rig.clock.pass_s(DAY_S)
    unreached = await near(rig, DAY_S - 60)

    unreached.has_connected()
    await pass_s(rig, unreached, 120)

    assert (await rig.job(1)).state is State.WAITING


async def test_a_job_that_is_younger_than_the_outage_has_a_day_of_its_own(rig: Rig) -> None:
    unreached = await near(rig, 2 * DAY_S)
    await rig.waiting(1)

    await pass_s(rig, unreached, 60)

    assert (await rig.job(1)).state is State.WAITING
