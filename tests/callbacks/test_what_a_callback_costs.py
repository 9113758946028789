"""What the sender asks of the one writer: each transaction waits for the disk, and everybody else for it."""

import sqlite3
from collections.abc import Sequence

import pytest

from bridge.bells import LocalBells
from bridge.store import writer
from bridge.store.sqlite import SqliteDatabase
from tests.callbacks.outbox import owe, settled
from tests.callbacks.receivers import receiving
from tests.flows.hand_clock import HandClock

pytestmark = pytest.mark.usefixtures("sender")


class Count:
    """How many transactions the writer has committed."""

    transactions = 0


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    counted, committed = Count(), writer._committed

    def counting(connection: sqlite3.Connection, bodies: Sequence[writer.Body]) -> Sequence[writer.Outcome]:
        counted.transactions += 1
        return committed(connection, bodies)

    monkeypatch.setattr(writer, "_committed", counting)
    return counted


@pytest.mark.parametrize(("hosts", "at_most"), [(100, 30), (1, 200)])
async def test_callbacks_are_claimed_and_settled_together(
    database: SqliteDatabase, bells: LocalBells, count: Count, hosts: int, at_most: int
) -> None:
    async with receiving(host="0.0.0.0") as receiver:
        urls = [f"http://127.0.0.{number % hosts + 1}:{receiver.port}/hook" for number in range(100)]
        await database.write(lambda tx: [owe(tx, url, number) for number, url in enumerate(urls)])
        count.transactions = 0

        bells.ring("deliveries")
        await settled(database, bells, *((f"msg-{number}", "delivered", 1) for number in range(100)))

    assert count.transactions <= at_most


async def test_a_ring_when_nothing_can_be_claimed_costs_no_write(
    database: SqliteDatabase, bells: LocalBells, clock: HandClock, count: Count
) -> None:
    async with receiving() as receiver:
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        bells.ring("deliveries")
        await settled(database, bells, ("msg-1", "delivered", 1))
        await looked(database)
        count.transactions = 0

        for _ in range(20):
            bells.ring("deliveries")
            await looked(database)

    assert count.transactions == 0


async def looked(database: SqliteDatabase) -> None:
    """Let the sender have had its looks: they wait in the same queues."""
    for _ in range(5):
        await database.read(lambda _: None)
        await database.writer.queue.join()
