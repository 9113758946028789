"""Leases as rows: one holder at a time, and an epoch that only grows."""

from bridge.accounts.account import Account, Kind
from bridge.accounts.condition import Condition, Standing
from bridge.accounts.unmatched import UnmatchedVideos
from bridge.leases.sharing import Group
from bridge.leases.term import Machine
from bridge.store.database import Database
from bridge.store.rows import conditions, leases
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.leases import Lease
from tests.tools.rows import an_account

A = Machine("a", "host-a:1", 1_000)
CONNECTED = Condition(Standing.CONNECTED, 1)
B = Machine("b", "host-b:1", 2_000)


async def joined(database: Database, *machines: Machine) -> None:
    for machine in machines:
        await database.write(lambda tx, one=machine: leases.join(tx, one))  # type: ignore[misc]


async def test_a_lease_is_taken_by_one_machine(database: Database) -> None:
    await joined(database, A, B)

    first = await database.write(lambda tx: leases.take(tx, "a", ["p", "q"], 5))
    second = await database.write(lambda tx: leases.take(tx, "b", ["q", "r"], 6))

    assert first == {"p": Lease("p", "a", 1), "q": Lease("q", "a", 1)}
    assert second == {"r": Lease("r", "b", 1)}


async def test_every_holder_has_an_epoch_of_its_own(database: Database) -> None:
    await joined(database, A)
    taken = await database.write(lambda tx: leases.take(tx, "a", ["p"], 5))

    await database.write(lambda tx: leases.give_up(tx, taken["p"], 6))
    again = await database.write(lambda tx: leases.take(tx, "a", ["p"], 6))
    await database.write(lambda tx: leases.give_up(tx, taken["p"], 6))

    assert again == {"p": Lease("p", "a", 2)}
    assert not await database.write(lambda tx: leases.is_held(tx, taken["p"]))
    assert await database.write(lambda tx: leases.is_held(tx, again["p"]))


async def test_a_silent_machine_is_removed_and_what_it_held_is_free(database: Database) -> None:
    await joined(database, A, B)
    taken = await database.write(lambda tx: leases.take(tx, "a", ["p"], 5))

    removed = await database.write(lambda tx: leases.remove_silent(tx, "a", 0, 6))

    assert removed
    assert not await database.write(lambda tx: leases.is_held(tx, taken["p"]))
    assert await database.write(lambda tx: leases.take(tx, "b", ["p"], 6)) == {"p": Lease("p", "b", 2)}
    assert not await database.write(lambda tx: leases.beat(tx, "a", 7, reaches_discord=True))
    assert await database.write(lambda tx: leases.take(tx, "a", ["q"], 7)) == {}


async def test_a_machine_that_has_shown_life_meanwhile_is_not_removed(database: Database) -> None:
    await joined(database, A)
    taken = await database.write(lambda tx: leases.take(tx, "a", ["p"], 5))
    await database.write(lambda tx: leases.beat(tx, "a", 9_000, reaches_discord=False))

    removed = await database.write(lambda tx: leases.remove_silent(tx, "a", 0, 6))

    [found] = await database.read(leases.machines)
    assert not removed
    assert await database.write(lambda tx: leases.is_held(tx, taken["p"]))
    assert (found.heartbeat, found.heartbeat_ms, found.reaches_discord) == (1, 9_000, False)


async def test_a_machine_that_leaves_frees_what_it_held(database: Database) -> None:
    await joined(database, A, B)
    await database.write(lambda tx: leases.take(tx, "a", ["p"], 5))

    await database.write(lambda tx: leases.drain(tx, "a"))
    draining = await database.read(leases.machines)
    await database.write(lambda tx: leases.leave(tx, "a", 6))

    assert [one.is_draining for one in draining] == [True, False]
    assert [one.id for one in await database.read(leases.machines)] == ["b"]
    assert await database.write(lambda tx: leases.take(tx, "b", ["p"], 6)) == {"p": Lease("p", "b", 2)}


async def test_what_is_handed_on_is_reconnecting_until_another_machine_says_more(
    database: Database, account: Account, accounts: Accounts
) -> None:
    passing = await database.write(lambda tx: an_account(tx, accounts, channel="1", kind=Kind.PASSING))
    await joined(database, A)
    taken = await database.write(lambda tx: leases.take(tx, "a", [account.person], 5))
    for one in (account.id, passing.id):
        await database.write(lambda tx, one=one: conditions.keep(tx, one, CONNECTED, UnmatchedVideos(3)))  # type: ignore[misc]

    await database.write(lambda tx: leases.give_up(tx, taken[account.person], 6))

    [found] = await database.read(conditions.every)
    assert (found.id, found.unmatched.count) == (account.id, 3)
    assert found.condition == Condition(Standing.RECONNECTING, 6, leases.MOVING)


async def test_accounts_are_counted_by_person_with_the_machine_that_holds_them(
    database: Database, account: Account
) -> None:
    await joined(database, A)
    [free] = await database.read(leases.groups)

    await database.write(lambda tx: leases.take(tx, "a", [free.person], 5))

    [held] = await database.read(leases.held)
    assert free == Group(free.person, 1)
    assert await database.read(leases.groups) == [Group(free.person, 1, "a")]
    assert (held.account, held.channel, held.machine, held.since_ms) == (account.id, account.channel, "a", 5)


async def test_a_database_that_nobody_else_can_use_is_begun_without_machines(database: Database) -> None:
    await joined(database, A, B)
    taken = await database.write(lambda tx: leases.take(tx, "a", ["p"], 5))

    await database.write(leases.remove_all)

    assert await database.read(leases.machines) == []
    assert not await database.write(lambda tx: leases.is_held(tx, taken["p"]))
