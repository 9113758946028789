"""Claims: at most one delivery per job, in order, and never the same one twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest

from bridge.accounts.account import Account
from bridge.jobs.job import State
from bridge.store.database import Database, Tx
from bridge.store.rows import deliveries, events, jobs, retention
from bridge.store.rows.deliveries import Delivery
from tests.tools.deliveries import owe
from tests.tools.jobs import NOW_MS, new_job
from tests.tools.rows import a_job

CLAIM_MS: Final = 30_000


def settle(tx: Tx, delivery: str, state: str, due_ms: int) -> None:
    row = tx.one("SELECT * FROM deliveries WHERE id = :id", id=delivery)
    assert row is not None
    deliveries.settle(tx, deliveries.read(row), state, due_ms)


async def claim(database: Database, now_ms: int = NOW_MS, at_most: int = 64) -> list[str]:
    def body(tx: Tx) -> Sequence[Delivery]:
        return deliveries.claim(tx, "x", now_ms, now_ms + CLAIM_MS, at_most)

    return [delivery.id for delivery in await database.write(body)]


async def next_due_ms(database: Database) -> int | None:
    return await database.read(lambda tx: deliveries.next_due_ms(tx, NOW_MS))


async def test_deliveries_of_one_job_come_one_after_another(database: Database, account: Account) -> None:
    await database.write(lambda tx: [owe(tx, "first"), owe(tx, "second")])

    first = await claim(database)
    await database.write(lambda tx: settle(tx, "first", "delivered", NOW_MS))
    second = await claim(database)

    assert (first, second) == (["first"], ["second"])


async def test_deliveries_of_other_jobs_do_not_wait(database: Database, account: Account) -> None:
    await database.write(lambda tx: [owe(tx, "first"), owe(tx, "second"), owe(tx, "other", 2)])

    assert await claim(database) == ["first", "other"]


async def test_two_claimers_never_share(database: Database, account: Account) -> None:
    await database.write(lambda tx: [owe(tx, f"d{number}", number) for number in range(40)])

    shares = await asyncio.gather(*(claim(database, at_most=10) for _ in range(6)))

    claimed = [delivery for share in shares for delivery in share]
    assert sorted(claimed) == sorted(f"d{number}" for number in range(40))


async def test_a_claim_that_a_crash_left_behind_is_taken_up_again(
    database: Database, account: Account
) -> None:
    await database.write(lambda tx: owe(tx, "first"))
    await claim(database)

    at_once = await claim(database, NOW_MS + CLAIM_MS - 1)
    later = await claim(database, NOW_MS + CLAIM_MS)

    assert (at_once, later) == ([], ["first"])


async def test_what_was_given_up_lets_the_next_one_through(database: Database, account: Account) -> None:
    await database.write(lambda tx: [owe(tx, "first"), owe(tx, "second")])
    await database.write(lambda tx: settle(tx, "first", "given_up", NOW_MS))

    assert await claim(database) == ["second"]


async def test_what_waits_for_an_earlier_one_is_not_due(database: Database, account: Account) -> None:
    await database.write(lambda tx: [owe(tx, "first"), owe(tx, "second")])
    await database.write(lambda tx: settle(tx, "first", "pending", NOW_MS + 60_000))

    assert await claim(database) == []
    assert await next_due_ms(database) == NOW_MS + 60_000


async def test_nothing_is_due_when_nothing_is_owed(database: Database, account: Account) -> None:
    await database.write(lambda tx: owe(tx, "first"))
    await database.write(lambda tx: settle(tx, "first", "delivered", NOW_MS))

    assert await next_due_ms(database) is None


async def test_an_event_shows_the_job_as_it_was_then(database: Database, account: Account) -> None:
    def body(tx: Tx) -> int:
        job = a_job(tx)
        position = events.append(tx, job)
        jobs.save(tx, replace(job, state=State.SENDING))
        return position

    position = await database.write(body)
    event = await database.read(lambda tx: events.at(tx, position))

    assert event is not None
    assert event.job == new_job()


async def test_positions_are_never_given_twice(database: Database, account: Account) -> None:
    def forget(tx: Tx) -> None:
        retention.delete_event(tx, 1)

    empty = await database.read(events.ends)
    first = await database.write(lambda tx: events.append(tx, a_job(tx)))
    await database.write(forget)
    pruned = await database.read(events.ends)
    second = await database.write(lambda tx: events.append(tx, new_job()))

    assert (empty, pruned) == ((1, 0), (2, 1))
    assert (first, second) == (1, 2)


async def test_receivers_come_by_how_long_they_wait(database: Database, account: Account) -> None:
    def body(tx: Tx) -> Sequence[str]:
        for number, (host, due_ms) in enumerate([("b", 2), ("a", 5), ("c", 1), ("b", 9), ("d", 60_000)]):
            owe(tx, f"d{number}", number)
            tx.run(
                "UPDATE deliveries SET receiver = :host, due_ms = :due_ms WHERE id = :id",
                host=host,
                due_ms=NOW_MS + due_ms,
                id=f"d{number}",
            )
        settle(tx, "d2", "delivered", NOW_MS)
        return deliveries.receivers(tx, NOW_MS + 10)

    assert await database.write(body) == ["b", "a"]


async def test_a_claim_takes_from_one_receiver_only(database: Database, account: Account) -> None:
    await database.write(lambda tx: [owe(tx, "mine"), owe(tx, "other", 2)])
    await database.write(lambda tx: tx.run("UPDATE deliveries SET receiver = 'y' WHERE id = 'other'"))

    assert await claim(database) == ["mine"]


@pytest.mark.parametrize(
    ("url", "receiver"),
    [
        ("http://Example.com/hook", "example.com"),
        ("https://example.com:8443?x=1", "example.com:8443"),
        ("https://user:pass@example.com/a@b", "example.com"),
        ("http://[::1]:80/x", "[::1]:80"),
        ("http://example.com#a/b", "example.com"),
        ("http://example.com\\@other/", "example.com"),
        ("nonsense", ""),
    ],
)
def test_a_receiver_is_a_host_and_a_port(url: str, receiver: str) -> None:
    assert deliveries.receiver_of(url) == receiver


async def test_a_claim_that_ran_out_is_settled_by_who_has_the_delivery_now(
    database: Database, account: Account
) -> None:
    await database.write(lambda tx: owe(tx, "first"))
    first = await claimed(database, NOW_MS)
    second = await claimed(database, NOW_MS + CLAIM_MS)

    await database.write(lambda tx: deliveries.settle(tx, first, "given_up", NOW_MS))
    meanwhile = await state_of(database)
    nobodys = await claim(database, NOW_MS + CLAIM_MS)
    await database.write(lambda tx: deliveries.settle(tx, second, "delivered", NOW_MS + CLAIM_MS))

    assert meanwhile == ("pending", 0)
    assert nobodys == []
    assert await state_of(database) == ("delivered", 1)


async def test_a_claim_that_ran_out_changes_nothing_of_a_delivery_that_another_has_settled(
    database: Database, account: Account
) -> None:
    await database.write(lambda tx: owe(tx, "first"))
    first = await claimed(database, NOW_MS)
    second = await claimed(database, NOW_MS + CLAIM_MS)

    await database.write(lambda tx: deliveries.settle(tx, second, "pending", NOW_MS + 2 * CLAIM_MS))
    await database.write(lambda tx: deliveries.settle(tx, first, "delivered", NOW_MS))

    assert await state_of(database) == ("pending", 1)


async def claimed(database: Database, now_ms: int) -> Delivery:
    (delivery,) = await database.write(lambda tx: deliveries.claim(tx, "x", now_ms, now_ms + CLAIM_MS, 1))
    return delivery


async def state_of(database: Database) -> tuple[str, int]:
    row = await database.read(lambda tx: tx.one("SELECT state, tries FROM deliveries"))
    assert row is not None
    return row["state"], row["tries"]
