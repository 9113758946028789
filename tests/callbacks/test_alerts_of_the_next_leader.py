"""Who sends the alerts next, after a restart or in another process, repeats none and owes what was owed."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import pytest

from bridge.accounts.condition import Condition, Standing
from bridge.callbacks.client import CallbackClient
from bridge.notifier import LocalNotifier
from bridge.running.alerts import REST_MS, SETTLE_MS, Alerts, AlertTarget
from bridge.running.conditions import Change, Conditions
from bridge.store.database import Database, StoreUnavailable, Tx, Value
from bridge.store.rows import alerts as rows
from bridge.store.rows import removals
from bridge.store.rows.accounts import Accounts
from tests.tools.databases import Storage, opened
from tests.tools.hand_clock import HandClock
from tests.tools.local_client import local_client
from tests.tools.rows import an_account
from tests.tools.vaults import a_vault
from tests.tools.world import Receiver, a_receiver

CHANNEL = "2001"


@dataclass
class Run:
    """A process while it leads."""

    alerts: Alerts
    conditions: Conditions


class Leaders:
    """Processes that lead one after another; `standing` is the account's."""

    def __init__(self, database: Database, receiver: Receiver, client: CallbackClient) -> None:
        self.clock = HandClock()
        self.standing = Standing.CONNECTED
        self.database = database
        self._receiver = receiver
        self._client = client

    async def begin(self, database: Database | None = None) -> Run:
        async def headers(_tenant: str, _alert: str, _body: bytes) -> Mapping[str, str]:
            return {}

        database, notifier = database or self.database, LocalNotifier(self.clock)
        target = AlertTarget(self._receiver.url, body, headers, 5)
        alerts = Alerts(database, self.clock, notifier, self._client, target)
        known = await alerts.begin()
        return Run(
            alerts, Conditions(database, notifier, self.clock, self._condition, (alerts.queue,), known)
        )

    async def through(self, run: Run) -> None:
        """Let it look, and make every attempt that is due within the time to recover and the rest."""
        await run.conditions.look()
        for _ in range(3):
            while not await run.alerts.send_due():
                continue
            self.clock.pass_s(max(SETTLE_MS, REST_MS) / 1000)

    def told(self) -> list[str]:
        return [
            self._receiver.queue.get_nowait()["job"]["condition"] for _ in range(self._receiver.queue.qsize())
        ]

    def _condition(self, _account: int) -> Condition:
        return Condition(self.standing, self.clock.now_ms(), "why")


def body(change: Change) -> bytes:
    return b'{"condition": "%s"}' % change.condition.standing.encode()


@pytest.fixture
async def leaders(storage: Storage) -> AsyncIterator[Leaders]:
    async with opened(storage) as database, a_receiver() as receiver, local_client() as client:
        await database.write(lambda tx: an_account(tx, Accounts(a_vault()), channel=CHANNEL))
        yield Leaders(database, receiver, client)


async def test_what_was_told_is_not_told_again_and_the_recovery_is(leaders: Leaders) -> None:
    leaders.standing = Standing.BAD_TOKEN
    await leaders.through(await leaders.begin())

    second = await leaders.begin()
    await leaders.through(second)
    told_by_both = leaders.told()
    leaders.standing = Standing.CONNECTED
    await leaders.through(await leaders.begin())
    await leaders.through(await leaders.begin())

    assert told_by_both == ["bad_token"]
    assert leaders.told() == ["connected"]


async def test_an_account_that_was_removed_meanwhile_is_told_of_once(leaders: Leaders) -> None:
    leaders.standing = Standing.NEEDS_HUMAN
    await leaders.through(await leaders.begin())
    await leaders.database.write(lambda tx: tx.run("UPDATE accounts SET kind = 'retired'"))

    await leaders.through(await leaders.begin())
    await leaders.through(await leaders.begin())

    assert leaders.told() == ["needs_human", "stopped"]


async def test_what_is_told_soon_after_the_last_alert_waits_for_the_next_leader_too(leaders: Leaders) -> None:
    leaders.standing = Standing.BAD_TOKEN
    first = await leaders.begin()
    await first.conditions.look()
    while not await first.alerts.send_due():
        continue

    leaders.standing = Standing.NEEDS_HUMAN
    leaders.clock.pass_s(10)
    second = await leaders.begin()
    await second.conditions.look()

    assert await second.alerts.send_due() == REST_MS / 1000 - 10


class Away:
    """A database that does not answer the first calls."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.left = 1

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        self._refuse()
        return await self._database.read(body)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        return await self._database.query(body)

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        self._refuse()
        return await self._database.write(body)

    def _refuse(self) -> None:
        self.left -= 1
        if self.left >= 0:
            raise StoreUnavailable("the database is away")


async def test_what_was_told_while_the_database_was_away_is_stored_when_it_is_back(leaders: Leaders) -> None:
    away = Away(leaders.database)
    away.left = 0
    run = await leaders.begin(away)
    leaders.standing = Standing.BAD_TOKEN
    await run.conditions.look()
    await run.alerts.send_due()

    away.left = 1
    pause_s = await run.alerts.send_due()
    unstored = await leaders.database.read(rows.every)
    await run.alerts.send_due()

    assert pause_s > 0
    assert (leaders.told(), unstored) == (["bad_token"], [])
    [told] = await leaders.database.read(rows.every)
    assert (told.channel, told.standing) == (CHANNEL, Standing.BAD_TOKEN)


async def test_what_was_told_of_a_removed_tenant_is_deleted_with_it(leaders: Leaders) -> None:
    leaders.standing = Standing.BAD_TOKEN
    await leaders.through(await leaders.begin())

    [told] = await leaders.database.read(rows.every)
    await leaders.database.write(lambda tx: removals.disown_accounts(tx, told.tenant, 1))

    assert await leaders.database.read(rows.every) == []
