"""A submit costs the same with one account and with hundreds: statements and opened tokens are counted."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pytest

from bridge.accounts.account import Kind
from bridge.accounts.condition import Standing
from bridge.accounts.slots import Full
from bridge.chat import EPHEMERAL, InteractionCreated
from bridge.flows.hear.intake import Intake
from bridge.flows.step import notify_of, take_step
from bridge.flows.submit.order import Order
from bridge.flows.submit.submit import Accepted
from bridge.jobs.command import Command, Verb
from bridge.jobs.signals import Claimed
from bridge.store.database import Tx
from bridge.store.rows import jobs
from bridge.store.rows.accounts import Accounts
from bridge.store.sqlite.sqlite import SqliteDatabase
from bridge.store.sqlite.transaction import SqliteTx
from tests.flows.conftest import CHANNEL, SERVER, TENANT, TOKEN, Rig, begin, condition
from tests.tools.running_accounts import FakeAccounts, submit_within
from tests.tools.vaults import a_vault

MANY: Final = 300
ORDER: Final = Order(tenant=TENANT, command=Command(verb=Verb.CREATE, prompt="a cat", style="Realistic"))
TO_CHANNEL: Final = Order(tenant=TENANT, command=ORDER.command, channel=CHANNEL)
WITH_TOKEN: Final = Order(tenant=TENANT, command=ORDER.command, token=TOKEN, channel=CHANNEL)


@dataclass
class Counted:
    """What the database and the vault were asked since the last look."""

    seen: Counter[str] = field(default_factory=Counter)

    def taken(self) -> Counter[str]:
        taken, self.seen = self.seen, Counter()
        return taken


@pytest.fixture
def counted(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted = Counted()
    monkeypatch.setattr(rig, "accounts", Accounts(a_vault(tell=lambda _: counted.seen.update(["opened"]))))
    for kind, name in (
        (SqliteTx, "all"),
        (SqliteTx, "one"),
        (SqliteTx, "run"),
        (SqliteDatabase, "write"),
        (SqliteDatabase, "read"),
        (SqliteDatabase, "query"),
    ):
        _count(counted, monkeypatch, kind, name)
    return counted


def _count(counted: Counted, monkeypatch: pytest.MonkeyPatch, kind: type, name: str) -> None:
    original = getattr(kind, name)

    def counting(self: object, *arguments: object, **named: object) -> object:
        counted.seen.update(["statement" if kind is SqliteTx else name])
        return original(self, *arguments, **named)

    monkeypatch.setattr(kind, name, counting)


async def more_accounts(rig: Rig, running_accounts: FakeAccounts, count: int, max_jobs: int = 10) -> None:
    def insert(tx: Tx) -> Sequence[int]:
        made = [
            rig.accounts.insert(
                tx,
                tenant=TENANT,
                kind=Kind.CONFIGURED,
                server=SERVER,
                channel=str(10**18 + number),
                max_jobs=max_jobs,
                token=f"{10**17 + number}.a.b",
                now_ms=1,
            )
            for number in range(count)
        ]
        return [account.id for account in made]

    running_accounts.running.extend(await rig.database.write(insert))


@pytest.mark.parametrize("order", [ORDER, TO_CHANNEL, WITH_TOKEN], ids=["any", "channel", "token"])
async def test_a_submit_asks_the_same_with_one_account_and_with_hundreds(
    rig: Rig, counted: Counted, order: Order
) -> None:
    running_accounts = FakeAccounts()
    submit = submit_within(0, rig, running_accounts)
    await submit.run(order)
    with_one = counted.taken()
    await more_accounts(rig, running_accounts, MANY)
    counted.taken()

    done = await submit.run(order)

    assert isinstance(done, Accepted)
    assert counted.taken() == with_one
    assert (with_one["write"], with_one["opened"]) == (1, 0)


async def test_the_refusal_of_hundreds_that_are_full_costs_no_query_for_each(
    rig: Rig, counted: Counted
) -> None:
    running_accounts = FakeAccounts()
    await more_accounts(rig, running_accounts, MANY, max_jobs=1)
    submit = submit_within(0, rig, running_accounts)
    accepted = [await submit.run(ORDER) for _ in range(MANY + 2)]
    counted.taken()

    done = await submit.run(ORDER)

    cost = counted.taken()
    assert all(isinstance(one, Accepted) for one in accepted)
    assert isinstance(done, Full)
    assert (done.max_jobs, len(done.executing)) == (MANY + 2, MANY + 2)
    assert 0 < cost["statement"] <= 3
    assert cost["opened"] == 0


async def test_who_waits_for_the_bot_is_told_its_answer_and_asks_the_store_nothing(
    rig: Rig, counted: Counted
) -> None:
    submitting = asyncio.ensure_future(submit_within(15, rig, FakeAccounts()).run(ORDER))
    await rig.clock.sleeper_s()
    [waiting] = await rig.database.read(lambda tx: jobs.open_of(tx, rig.account.id))
    intake = Intake(rig.context)
    await rig.database.write(lambda tx: begin(tx, waiting, "nonce-x", rig.clock.now_ms()))
    moved = await rig.database.write(lambda tx: take_step(tx, waiting, Claimed(), rig.now()))
    notify_of(rig.notifier, [moved] if moved else [])
    counted.taken()

    await intake.take(InteractionCreated("9", "nonce-x"), rig.now())
    before = counted.taken()
    await intake.take(rig.says("No.", nonce="nonce-x", flags=EPHEMERAL), rig.now())
    done = await submitting

    assert isinstance(done, Accepted)
    assert done.job.status == "moderated"
    assert (before["query"], counted.taken()["query"]) == (0, 0)


async def test_an_account_that_is_not_connected_costs_no_statement(rig: Rig, counted: Counted) -> None:
    running_accounts = FakeAccounts()
    await more_accounts(rig, running_accounts, MANY)
    away = condition(Standing.RECONNECTING)
    running_accounts.conditions.update(dict.fromkeys(running_accounts.running[1:], away))
    submit = submit_within(0, rig, running_accounts)
    counted.taken()

    done = await submit.run(ORDER)

    assert isinstance(done, Accepted)
    assert done.job.account == rig.account.id
    assert counted.taken()["statement"] <= 5
