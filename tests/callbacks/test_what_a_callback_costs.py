"""What the sender asks of the one writer: each transaction waits for the disk, and everybody else for it."""

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from bridge.callbacks.receiver_limits import PER_RECEIVER
from bridge.notifier import MOST_PAYLOADS, LocalNotifier
from bridge.store.group_writer import Body, Outcome
from bridge.store.rows.deliveries import receiver_of
from bridge.store.sqlite import writer
from bridge.store.sqlite.reader import Reader
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.callbacks.outbox import owe, settled
from tests.tools.hand_clock import HandClock
from tests.tools.receivers import receiving, status

pytestmark = pytest.mark.usefixtures("sender")


class Count:
    """How many transactions the writer has committed, and how many reads there were beside it."""

    transactions = 0
    reads = 0


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    counted, committed = Count(), writer._committed

    def counting(connection: sqlite3.Connection, bodies: Sequence[Body]) -> Sequence[Outcome]:
        counted.transactions += 1
        return committed(connection, bodies)

    read = Reader._one_state

    def counting_reads(reader: Reader, body: Any, connection: sqlite3.Connection) -> Any:
        counted.reads += 1
        return read(reader, body, connection)

    monkeypatch.setattr(writer, "_committed", counting)
    monkeypatch.setattr(Reader, "_one_state", counting_reads)
    return counted


@pytest.mark.parametrize(("hosts", "at_most"), [(100, 30), (1, 200)])
async def test_callbacks_are_claimed_and_settled_together(
    database: SqliteDatabase, notifier: LocalNotifier, count: Count, hosts: int, at_most: int
) -> None:
    async with receiving(host="0.0.0.0") as receiver:
        urls = [f"http://127.0.0.{number % hosts + 1}:{receiver.port}/hook" for number in range(100)]
        await database.write(lambda tx: [owe(tx, url, number) for number, url in enumerate(urls)])
        count.transactions = 0

        notifier.notify("deliveries")
        await settled(database, notifier, *((f"msg-{number}", "delivered", 1) for number in range(100)))

    assert count.transactions <= at_most


async def test_a_callback_of_which_a_ring_tells_the_receiver_costs_two_writes_and_no_read(
    database: SqliteDatabase, notifier: LocalNotifier, count: Count
) -> None:
    async with receiving() as receiver:
        await looked(database)
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        count.transactions = count.reads = 0

        with notifier.subscribe("callbacks") as subscription:
            notifier.notify("deliveries", receiver_of(receiver.url))
            assert await subscription.wait(3600)
        await database.writer.queue.join()

        assert (count.transactions, count.reads) == (2, 0)
        await settled(database, notifier, ("msg-1", "delivered", 1))


async def test_what_rings_name_is_sent_also_when_more_of_them_came_than_are_kept(
    database: SqliteDatabase, notifier: LocalNotifier
) -> None:
    async with receiving(host="0.0.0.0") as receiver:
        urls = [
            f"http://127.0.0.{number % 200 + 1}:{receiver.port}/hook" for number in range(MOST_PAYLOADS + 50)
        ]
        await database.write(lambda tx: [owe(tx, url, number) for number, url in enumerate(urls)])

        for url in urls:
            notifier.notify("deliveries", receiver_of(url))
        await settled(database, notifier, *((f"msg-{number}", "delivered", 1) for number in range(len(urls))))


async def test_what_waits_is_sent_also_when_attempts_end_while_a_little_of_it_is_claimed(
    database: SqliteDatabase, notifier: LocalNotifier
) -> None:
    may_answer, may_write, ok = asyncio.Event(), threading.Event(), status(200)

    async def late(writer: asyncio.StreamWriter) -> None:
        await may_answer.wait()
        await ok(writer)

    numbers = range(PER_RECEIVER - 1)
    async with receiving(late) as receiver:
        await database.write(lambda tx: [owe(tx, receiver.url, number) for number in numbers])
        notifier.notify("deliveries")
        await receiver.got(len(numbers))
        await database.write(lambda tx: [owe(tx, receiver.url, 10 + number) for number in range(9)])
        blocked = asyncio.create_task(database.write(lambda _: may_write.wait(60)))
        await asyncio.sleep(0)
        notifier.notify("deliveries", receiver_of(receiver.url))
        may_answer.set()
        while database.writer.queue.qsize() < len(numbers) + 1:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)

        may_write.set()
        await blocked

        await receiver.got(len(numbers) + 9)


async def test_a_ring_when_nothing_can_be_claimed_costs_no_write(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock, count: Count
) -> None:
    async with receiving() as receiver:
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")
        await settled(database, notifier, ("msg-1", "delivered", 1))
        await looked(database)
        count.transactions = 0

        for _ in range(20):
            notifier.notify("deliveries")
            await looked(database)

    assert count.transactions == 0


async def looked(database: SqliteDatabase) -> None:
    """Let the sender have had its looks: they wait in the same queues."""
    for _ in range(5):
        await database.read(lambda _: None)
        await database.writer.queue.join()
