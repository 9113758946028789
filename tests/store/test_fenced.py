"""A write under a lease and the taking of the lease come one after the other, on either engine."""

import asyncio
import threading

import pytest

from bridge.accounts.account import Account
from bridge.leases.term import Machine
from bridge.store.database import Database, Tx
from bridge.store.fenced import Fenced, LeaseLost
from bridge.store.rows import accounts, leases
from bridge.store.rows.leases import Lease
from tests.tools.databases import Storage, on_postgres, opened

LIMIT_S = 30.0


async def held(database: Database, account: Account) -> Lease:
    """Let the machine `a` have the lease of an account; `b` has none."""

    def body(tx: Tx) -> Lease:
        for name in "ab":
            leases.join(tx, Machine(name, name, 1))
        return leases.take(tx, "a", [account.person], 1)[account.person]

    return await database.write(body)


def taken_over(tx: Tx, lease: Lease) -> None:
    leases.remove_silent(tx, lease.machine, 0, 2)
    leases.take(tx, "b", [lease.person], 2)


async def listened_ms(database: Database) -> int:
    (row,) = await database.read(lambda tx: tx.all("SELECT listened_ms FROM accounts"))
    number: int = row["listened_ms"]
    return number


async def test_who_has_lost_the_lease_writes_nothing_and_is_told(
    database: Database, account: Account
) -> None:
    lease, told = await held(database, account), list[str]()
    fenced = Fenced(database, lease, lambda: told.append("lost"))
    await fenced.write(lambda tx: accounts.keep_listened(tx, account.id, 7))

    await database.write(lambda tx: taken_over(tx, lease))
    with pytest.raises(LeaseLost):
        await fenced.write(lambda tx: accounts.keep_listened(tx, account.id, 8))

    assert await listened_ms(database) == 7
    assert told == ["lost"]


@on_postgres
async def test_a_lease_is_taken_only_after_a_write_under_it_that_has_begun(
    database: Database, account: Account, storage: Storage
) -> None:
    lease = await held(database, account)
    fenced = Fenced(database, lease, lambda: None)
    has_begun, may_end = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        has_begun.set()
        may_end.wait(LIMIT_S)
        accounts.keep_listened(tx, account.id, 7)

    async with opened(storage) as other:
        writing = asyncio.create_task(fenced.write(slow))
        await asyncio.to_thread(has_begun.wait, LIMIT_S)
        taking = asyncio.create_task(other.write(lambda tx: taken_over(tx, lease)))
        await until_one_waits(database)
        was_taken = taking.done()
        may_end.set()
        await asyncio.gather(writing, taking)

        assert not was_taken
        assert await listened_ms(other) == 7
        with pytest.raises(LeaseLost):
            await fenced.write(lambda tx: accounts.keep_listened(tx, account.id, 8))


async def until_one_waits(database: Database) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not await database.read(waits):
            await asyncio.to_thread(lambda: None)


def waits(tx: Tx) -> bool:
    return tx.one("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'") is not None
