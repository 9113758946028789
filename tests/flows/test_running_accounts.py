"""The running accounts follow the store, also while Discord replaces a token under its eyes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import pytest

from bridge.accounts.account import Account, Kind
from bridge.accounts.condition import Condition, Standing
from bridge.chat import Channel, GatewaySession
from bridge.jobs.job import State
from bridge.running.account import RunningAccount
from bridge.running.accounts import RunningAccounts
from bridge.running.leases import HeldLease, Leases
from bridge.sessions.port import Session, StoreToken
from bridge.store.database import Database, Tx
from bridge.store.rows import removals
from bridge.store.rows.accounts import hold, hold_person, retire
from tests.flows.conftest import SERVER, TENANT, TOKEN, FakeSession, Rig, condition
from tests.tools.running_account import shared_by

SECOND: Final = "MTExMTExMTExMTExMTExMTEx.second.token"
THIRD: Final = "MTExMTExMTExMTExMTExMTEx.third.token"
MOST_PASSING: Final = 2
Value = TypeVar("Value")


class QuietSession(FakeSession):
    """Never changes."""

    async def changed(self) -> None:
        await asyncio.Event().wait()


@dataclass
class Opened:
    """Opens sessions; remembers with which tokens, and how the newest stores another."""

    tokens: list[str] = field(default_factory=list)
    stores: list[StoreToken] = field(default_factory=list)
    held_s: list[float] = field(default_factory=list)
    condition: Condition = field(default_factory=lambda: condition(Standing.CONNECTED))

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
        self.tokens.append(token)
        self.stores.append(store_token)
        self.held_s.append(held_s)
        return QuietSession(condition=self.condition)


@dataclass
class Overlapped:
    """A database of which a read is overlapped by a replaced token."""

    real: Database
    sessions: Opened
    overlapped: list[str] = field(default_factory=list)

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        found = await self.real.read(body)
        if self.overlapped:
            await self.sessions.stores[-1](self.overlapped.pop())
        return found

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.query(body)

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.write(body)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.to_thread(lambda: None)


def a_crew(rig: Rig, database: Database, sessions: Opened, folder: Path) -> RunningAccounts:
    def make(account: Account, session: Session, lease: HeldLease) -> RunningAccount:
        return RunningAccount(account, session, lease, shared_by(rig, folder))

    leases = Leases(database, rig.notifier, rig.clock, "here", is_shared=False)
    return RunningAccounts(
        database, rig.accounts, rig.notifier, rig.clock, sessions, leases, make, MOST_PASSING
    )


async def test_an_account_that_needs_a_person_is_not_logged_in_again_by_its_removal(
    rig: Rig, tmp_path: Path
) -> None:
    sessions = Opened(condition=condition(Standing.NEEDS_HUMAN, "a captcha"))
    running = asyncio.create_task(a_crew(rig, rig.database, sessions, tmp_path).run())
    await until(lambda: sessions.tokens == [TOKEN])
    await rig.sent()
    rig.clock.pass_s(1)

    await rig.database.write(lambda tx: retire(tx, rig.account.id, rig.clock.now_ms()))
    with rig.notifier.subscribe(f"account:{rig.account.id}") as subscription:
        rig.notifier.notify("accounts")
        was_looked_at = await subscription.wait(3600)
    for _ in range(50):
        await rig.database.read(lambda _: None)
    opened_by_removal = list(sessions.tokens)
    rig.clock.pass_s(1)
    await rig.database.write(lambda tx: set_anew(rig, tx))
    rig.notifier.notify("accounts")
    await until(lambda: len(sessions.tokens) == 2)

    running.cancel()
    await asyncio.wait({running})
    assert was_looked_at
    assert opened_by_removal == [TOKEN]


async def test_a_passing_account_of_a_removed_tenant_is_not_kept_for_a_while(
    rig: Rig, tmp_path: Path
) -> None:
    await rig.database.write(lambda tx: tx.run("UPDATE accounts SET kind = 'passing'"))
    await rig.sent()
    crew = a_crew(rig, rig.database, Opened(), tmp_path)
    running = asyncio.create_task(crew.run())
    await until(lambda: crew.condition(rig.account.id) is not None)

    now_ms = rig.clock.now_ms()
    await rig.database.write(lambda tx: removals.disown_accounts(tx, TENANT, now_ms))
    while await rig.database.write(lambda tx: removals.delete_some(tx, TENANT, 50)):
        pass
    rig.notifier.notify("accounts")

    await until(lambda: crew.condition(rig.account.id) is None)
    running.cancel()
    await asyncio.wait({running})


def set_anew(rig: Rig, tx: Tx) -> None:
    now_ms = rig.clock.now_ms()
    rig.accounts.change(tx, rig.account.id, server=SERVER, max_jobs=2, kind=Kind.CONFIGURED, now_ms=now_ms)


async def test_a_token_that_is_replaced_while_the_crew_reads_restarts_nothing(
    rig: Rig, tmp_path: Path
) -> None:
    sessions = Opened()
    database = Overlapped(rig.database, sessions)

    running = asyncio.create_task(a_crew(rig, database, sessions, tmp_path).run())
    await until(lambda: sessions.tokens == [TOKEN])

    database.overlapped = [SECOND]
    rig.notifier.notify("accounts")
    await until(lambda: not database.overlapped)
    await rig.database.write(lambda tx: rig.accounts.replace_token(tx, rig.account.id, THIRD))
    rig.notifier.notify("accounts")
    await until(lambda: THIRD in sessions.tokens)

    running.cancel()
    await asyncio.wait({running})
    assert sessions.tokens == [TOKEN, THIRD]


async def test_an_account_whose_token_cannot_be_decrypted_needs_it_again_and_the_others_run(
    rig: Rig, tmp_path: Path
) -> None:
    sessions = Opened()
    await rig.database.write(lambda tx: another(rig, tx, 1))
    await rig.database.write(damage)
    crew = a_crew(rig, rig.database, sessions, tmp_path)

    running = asyncio.create_task(crew.run())
    await until(lambda: crew.condition(1) is not None and crew.condition(2) is not None)
    opened, found = list(sessions.tokens), crew.condition(1)
    await rig.database.write(lambda tx: rig.accounts.replace_token(tx, rig.account.id, TOKEN))
    rig.notifier.notify("accounts")
    await until(lambda: TOKEN in sessions.tokens)

    running.cancel()
    await asyncio.wait({running})
    assert len(opened) == 1
    assert found is not None
    assert (found.standing, found.remedy) == (Standing.BAD_TOKEN, "POST the account with its token again")


async def test_the_jobs_of_an_account_whose_token_cannot_be_decrypted_come_to_an_end(
    rig: Rig, tmp_path: Path
) -> None:
    await rig.sent()
    await rig.database.write(damage)

    running = asyncio.create_task(a_crew(rig, rig.database, Opened(), tmp_path).run())
    async with asyncio.timeout(30):
        while (await rig.job(1)).ended_ms is None:
            rig.clock.pass_s(60)
            await asyncio.to_thread(lambda: None)

    running.cancel()
    await asyncio.wait({running})
    assert (await rig.job(1)).state is State.GIVEN_UP


async def test_accounts_are_stopped_side_by_side(rig: Rig, tmp_path: Path) -> None:
    closing: list[str] = []
    all_are_closing = asyncio.Event()

    class SlowToClose(QuietSession):
        async def aclose(self) -> None:
            closing.append("")
            if len(closing) == 3:
                all_are_closing.set()
            async with asyncio.timeout(30):
                await all_are_closing.wait()

    class Slow(Opened):
        def open(
            self,
            token: str,
            channel: Channel,
            store_token: StoreToken,
            held_s: float = 0,
            resumed: GatewaySession | None = None,
        ) -> Session:
            super().open(token, channel, store_token, held_s, resumed)
            return SlowToClose(condition=self.condition)

    sessions = Slow()
    for number in range(2):
        await rig.database.write(lambda tx, number=number: another(rig, tx, number))  # type: ignore[misc]
    running = asyncio.create_task(a_crew(rig, rig.database, sessions, tmp_path).run())
    await until(lambda: len(sessions.tokens) == 3)

    for account in (1, 2, 3):
        await rig.database.write(lambda tx, account=account: retire(tx, account, rig.clock.now_ms()))  # type: ignore[misc]
    rig.notifier.notify("accounts")

    async with asyncio.timeout(30):
        await all_are_closing.wait()
    running.cancel()
    await asyncio.wait({running})


def another(rig: Rig, tx: Tx, number: int) -> None:
    rig.accounts.insert(
        tx,
        tenant="default",
        kind=Kind.CONFIGURED,
        server=SERVER,
        channel=f"30000000000000000{number}",
        max_jobs=3,
        token=f"person-{number}.of.another",
        now_ms=rig.clock.now_ms(),
    )


async def test_the_running_accounts_of_a_list_are_known_without_a_look_at_the_store(
    rig: Rig, tmp_path: Path
) -> None:
    running_accounts = a_crew(rig, rig.database, Opened(), tmp_path)
    running = asyncio.create_task(running_accounts.run())
    await until(lambda: list(running_accounts.listed(TENANT)) == [rig.account.id])

    await rig.database.write(lambda tx: retire(tx, rig.account.id, rig.clock.now_ms()))
    rig.notifier.notify("accounts")
    await until(lambda: not running_accounts.listed(TENANT))

    assert not running_accounts.listed("another")
    running.cancel()
    await asyncio.wait({running})


async def test_a_limited_number_of_accounts_runs_that_are_in_no_list(rig: Rig, tmp_path: Path) -> None:
    running_accounts = a_crew(rig, rig.database, Opened(), tmp_path)

    with running_accounts.keeping(TENANT, 11), running_accounts.keeping(TENANT, 11):
        one = running_accounts.has_room(TENANT, None)
        with running_accounts.keeping(TENANT, 12):
            two = [running_accounts.has_room(TENANT, account) for account in (None, 11, 13)]
            of_another = running_accounts.has_room("another", None)
    after = running_accounts.has_room(TENANT, None)

    assert (one, two, after) == (True, [False, True, False], True)
    assert of_another


@pytest.mark.parametrize(
    ("hold", "set_s", "held_s"),
    [(hold_person, 0, 60), (hold, 0, 0), (hold_person, -3_600, 0)],
    ids=["of the person", "of its commands alone", "of a clock that was set back since"],
)
async def test_a_start_keeps_to_the_silence_that_was_asked_of_the_person_before(
    rig: Rig, tmp_path: Path, hold: Callable[[Tx, int, int, int], None], set_s: float, held_s: float
) -> None:
    now_ms = rig.clock.now_ms()
    await rig.database.write(lambda tx: hold(tx, rig.account.id, now_ms, now_ms + 60_000))
    rig.clock.set_s(set_s)
    sessions = Opened()

    running = asyncio.create_task(a_crew(rig, rig.database, sessions, tmp_path).run())
    await until(lambda: sessions.tokens == [TOKEN])

    running.cancel()
    await asyncio.wait({running})
    assert sessions.held_s == [held_s]


def damage(tx: Tx) -> None:
    """Let the token of the first account be none."""
    tx.run("UPDATE accounts SET token = :damaged WHERE id = 1", damaged=b"\0")
