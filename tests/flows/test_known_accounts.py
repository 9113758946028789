"""What a process that does not run an account knows of it, by rows alone."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from bridge.accounts.account import Account, Kind
from bridge.accounts.condition import Condition, Standing
from bridge.accounts.unmatched import UnmatchedVideos
from bridge.chat import Channel, GatewaySession
from bridge.flows.send.next_job import Wait, WaitReason
from bridge.flows.submit.not_connected import NotConnected
from bridge.flows.submit.order import Order
from bridge.flows.submit.submit import Accepted
from bridge.flows.submit.waiting import Waiting
from bridge.flows.timing import STANDARD
from bridge.jobs.command import Command, Verb
from bridge.leases.term import Machine
from bridge.pixverse.profile import DEFAULT
from bridge.running.account import RunningAccount
from bridge.running.accounts import RunningAccounts
from bridge.running.known_accounts import QUIET, KnownAccounts
from bridge.running.leases import HeldLease, Leases
from bridge.sessions.port import Session, StoreToken
from bridge.store.database import Tx
from bridge.store.rows import conditions, leases
from tests.flows.conftest import SERVER, TENANT, Rig, condition
from tests.tools.counting import counting
from tests.tools.hand_clock import START_MS
from tests.tools.running_account import LiveSession, running, seconds_pass, shared_by, until
from tests.tools.running_accounts import submit_within

MOST_PASSING: Final = 2
COMMAND: Final = Command(verb=Verb.CREATE, prompt="a cat", style="Realistic")


class Opened:
    """Opens sessions that are connected and hear nothing."""

    async def reaches_discord(self) -> bool:
        return True

    def open(
        self,
        token: str,
        channel: Channel,
        store_token: StoreToken,
        held_s: float = 0,
        resumed: GatewaySession | None = None,
    ) -> Session:
        return LiveSession()


@pytest.fixture
def session() -> LiveSession:
    return LiveSession()


@pytest.fixture
def accounts_of_a_process(rig: Rig, tmp_path: Path) -> RunningAccounts:
    """The running accounts of a process; they run when the test lets them."""

    def make(account: Account, session: Session, lease: HeldLease) -> RunningAccount:
        return RunningAccount(account, session, lease, shared_by(rig, tmp_path))

    here = Leases(rig.database, rig.notifier, rig.clock, "here", is_shared=False)
    return RunningAccounts(
        rig.database, rig.accounts, rig.notifier, rig.clock, Opened(), here, make, MOST_PASSING
    )


@pytest.fixture
def elsewhere(rig: Rig, accounts_of_a_process: RunningAccounts) -> KnownAccounts:
    """What a process knows that runs no account itself."""
    return KnownAccounts(rig.database, rig.notifier, rig.clock, STANDARD, accounts_of_a_process)


async def become(rig: Rig, told: Condition, account: int | None = None) -> None:
    """Let the process that runs an account store its condition."""
    number = account or rig.account.id
    await rig.database.write(lambda tx: conditions.keep(tx, number, told, UnmatchedVideos()))
    rig.notifier.notify("known-accounts")


async def stored(rig: Rig) -> list[tuple[int, str, str | None]]:
    rows = await rig.database.read(conditions.every)
    return [(row.id, row.condition.standing, row.condition.reason) for row in rows]


async def test_a_process_knows_the_condition_of_an_account_that_another_one_runs(
    rig: Rig, elsewhere: KnownAccounts
) -> None:
    broken = condition(Standing.NEEDS_HUMAN, "a captcha")
    videos = UnmatchedVideos(2)

    await rig.database.write(lambda tx: conditions.keep(tx, rig.account.id, broken, videos))
    await elsewhere.look()

    assert elsewhere.condition(rig.account.id) == broken
    assert elsewhere.unmatched(rig.account.id) == videos
    assert elsewhere.listed(TENANT) == [rig.account.id]
    assert elsewhere.listed("another") == []
    assert elsewhere.running() == {rig.account.id}


async def test_an_account_of_a_machine_that_shows_no_sign_of_life_is_not_shown_as_connected(
    rig: Rig, elsewhere: KnownAccounts, accounts_of_a_process: RunningAccounts
) -> None:
    def take(tx: Tx) -> None:
        leases.join(tx, Machine("dead", "dead", START_MS))
        leases.take(tx, "dead", [rig.account.person], START_MS)

    await rig.database.write(take)
    await become(rig, condition(Standing.CONNECTED))
    await elsewhere.look()
    before = elsewhere.condition(rig.account.id)

    accounts_of_a_process._leases.quiet = frozenset({"dead"})
    await elsewhere.look()
    then = elsewhere.condition(rig.account.id)
    rig.clock.pass_s(1)
    await elsewhere.look()

    assert before == condition(Standing.CONNECTED)
    assert then == Condition(Standing.RECONNECTING, START_MS, QUIET)
    assert elsewhere.condition(rig.account.id) == then


async def test_a_running_account_stores_its_condition_when_it_has_changed_and_only_then(
    rig: Rig, session: LiveSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.session = session
    async with running(rig, tmp_path):
        await seconds_pass(rig, 5)
        at_first = await stored(rig)
        with counting(monkeypatch) as statements:
            await seconds_pass(rig, 180, at_a_time_s=10)
        session.becomes(Standing.RECONNECTING, "no answer")
        await seconds_pass(rig, 5)

    assert at_first == [(rig.account.id, "connected", None)]
    assert [each for each in statements if "INTO conditions" in each] == []
    assert await stored(rig) == [(rig.account.id, "reconnecting", "no answer")]


async def test_a_stopped_account_leaves_no_condition(
    rig: Rig, accounts_of_a_process: RunningAccounts
) -> None:
    work = asyncio.create_task(accounts_of_a_process.run())
    await eventually(rig, [(rig.account.id, "connected", None)])

    await rig.database.write(lambda tx: tx.run("UPDATE accounts SET kind = 'retired'"))
    rig.notifier.notify("accounts")
    await eventually(rig, [])

    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


async def eventually(rig: Rig, expected: list[tuple[int, str, str | None]]) -> None:
    async with asyncio.timeout(30):
        while await stored(rig) != expected:
            await asyncio.to_thread(lambda: None)


async def test_an_order_is_placed_on_an_account_that_another_process_runs(
    rig: Rig, elsewhere: KnownAccounts
) -> None:
    await become(rig, condition(Standing.CONNECTED))
    await elsewhere.look()

    done = await submit_within(0, rig, elsewhere).run(Order(tenant=TENANT, command=COMMAND))

    assert isinstance(done, Accepted)
    assert done.job.account == rig.account.id


async def test_an_order_waits_for_an_account_of_another_process_to_connect(
    rig: Rig, elsewhere: KnownAccounts
) -> None:
    await become(rig, condition(Standing.RECONNECTING))
    knowing = asyncio.create_task(elsewhere.run())
    order = asyncio.create_task(submit_within(60, rig, elsewhere).run(Order(tenant=TENANT, command=COMMAND)))
    await seconds_pass(rig, 1)
    was_waiting = not order.done()

    await become(rig, condition(Standing.CONNECTED))
    await until(rig, order.done)

    knowing.cancel()
    assert was_waiting
    assert isinstance(await order, Accepted)


async def test_an_account_that_needs_a_person_elsewhere_fails_the_job_at_once(
    rig: Rig, elsewhere: KnownAccounts
) -> None:
    await become(rig, condition(Standing.NEEDS_HUMAN, "a captcha"))
    await elsewhere.look()

    done = await submit_within(0, rig, elsewhere).run(Order(tenant=TENANT, command=COMMAND))

    assert isinstance(done, Accepted)
    assert done.job.failure is not None
    assert done.job.failure.details == "a captcha"


async def test_an_account_that_stopped_elsewhere_takes_no_order(rig: Rig, elsewhere: KnownAccounts) -> None:
    await become(rig, condition(Standing.CONNECTED))
    await elsewhere.look()

    await rig.database.write(lambda tx: conditions.forget(tx, rig.account.id))
    await elsewhere.look()
    done = await submit_within(0, rig, elsewhere).run(Order(tenant=TENANT, command=COMMAND))

    assert isinstance(done, NotConnected)


async def test_what_a_job_of_another_process_waits_for_is_told(rig: Rig, elsewhere: KnownAccounts) -> None:
    first, second = await rig.waiting(1), await rig.waiting(2, "a dog")
    await become(rig, condition(Standing.CONNECTED))
    await elsewhere.look()

    waits = [await Waiting(rig.database, elsewhere, DEFAULT).of(job) for job in (first, second)]

    assert waits == [Wait(WaitReason.PREPARATION), Wait(WaitReason.EARLIER_JOB, job_id="job-1")]


async def test_passing_accounts_of_other_processes_count_against_the_limit(
    rig: Rig, elsewhere: KnownAccounts
) -> None:
    now_ms = rig.clock.now_ms()
    for number in range(MOST_PASSING):
        passing = await rig.database.write(
            lambda tx, n=number: rig.accounts.insert(  # type: ignore[misc]
                tx,
                tenant=TENANT,
                kind=Kind.PASSING,
                server=SERVER,
                channel=f"{n}",
                max_jobs=1,
                token=f"{n}.a.b",
                now_ms=now_ms,
            )
        )
        await become(rig, condition(Standing.CONNECTED), passing.id)
    await elsewhere.look()

    assert not elsewhere.has_room(TENANT, None)
    assert elsewhere.has_room(TENANT, passing.id)
    assert elsewhere.has_room("another", None)
