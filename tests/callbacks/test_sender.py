"""The sender against a real receiver, with the clock in the test's hand."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.callbacks import sender as sender_module
from bridge.callbacks.claims import CLAIM_MS
from bridge.callbacks.format import CallbackFormat
from bridge.callbacks.receiver_limits import LONGEST_REST_MS, PER_RECEIVER
from bridge.callbacks.schedule import JITTER, next_pause_s
from bridge.callbacks.sender import POLL_S, CallbackSender
from bridge.notifier import LocalNotifier
from bridge.store.database import StoreUnavailable, Tx
from bridge.store.rows import deliveries
from bridge.store.rows.deliveries import receiver_of
from bridge.store.rows.events import Event
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.callbacks.outbox import PAUSES_S, SECRET, due_in_s, job_id, owe, settled, states
from tests.tools.hand_clock import START_MS, HandClock
from tests.tools.local_client import local_client


class Receiver:
    """A real server that answers as it is told and remembers what it got."""

    def __init__(self) -> None:
        self.got: asyncio.Queue[str] = asyncio.Queue()
        self.statuses: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.under_way = 0
        self.most_under_way = 0
        self.is_busy = asyncio.Event()
        self.has_begun = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.under_way += 1
        self.has_begun.set()
        self.most_under_way = max(self.most_under_way, self.under_way)
        if self.under_way == PER_RECEIVER:
            self.is_busy.set()
        await self.gate.wait()
        self.under_way -= 1
        self.got.put_nowait((await request.read()).decode())
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async def next(self) -> str:
        async with asyncio.timeout(30):
            return await self.got.get()


@asynccontextmanager
async def serving(receiver: Receiver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", receiver.answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/hook"))


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def url(receiver: Receiver) -> AsyncIterator[str]:
    async with serving(receiver) as address:
        yield address


@pytest.fixture
def other() -> Receiver:
    """A second receiver, beside which the first has its callbacks."""
    return Receiver()


@pytest.fixture
async def other_url(other: Receiver) -> AsyncIterator[str]:
    async with serving(other) as address:
        yield address


@pytest.mark.usefixtures("sender")
async def test_what_is_owed_is_posted_once(
    database: SqliteDatabase, notifier: LocalNotifier, receiver: Receiver, url: str
) -> None:
    await database.write(lambda tx: owe(tx, url, 1))

    notifier.notify("deliveries")

    assert await receiver.next() == "job-1"
    await settled(database, notifier, ("msg-1", "delivered", 1))
    assert receiver.got.empty()


@pytest.mark.usefixtures("sender")
@pytest.mark.parametrize("status", [500, 302, 404])
async def test_a_receiver_that_does_not_take_it_is_asked_again(
    database: SqliteDatabase,
    notifier: LocalNotifier,
    clock: HandClock,
    receiver: Receiver,
    url: str,
    status: int,
) -> None:
    receiver.statuses = [status]
    await database.write(lambda tx: owe(tx, url, 1))
    notifier.notify("deliveries")
    await receiver.next()
    await settled(database, notifier, ("msg-1", "pending", 1))

    clock.pass_s(PAUSES_S[0] * (1 + JITTER))
    notifier.notify("deliveries")

    assert await receiver.next() == "job-1"
    await settled(database, notifier, ("msg-1", "delivered", 2))


@pytest.mark.usefixtures("sender")
async def test_the_second_delivery_of_a_job_waits_for_the_first_and_no_one_runs_in_circles(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock, receiver: Receiver, url: str
) -> None:
    receiver.statuses = [500]
    await database.write(lambda tx: owe(tx, url, 1, "first"))
    notifier.notify("deliveries")
    await receiver.next()
    await settled(database, notifier, ("first", "pending", 1))
    await database.write(lambda tx: owe(tx, url, 1, "second"))
    notifier.notify("deliveries")
    await looked(database)
    clock.pass_s(LONGEST_REST_MS / 1000)
    await looked(database)

    asleep_s = await clock.sleeper_s() + LONGEST_REST_MS / 1000

    assert PAUSES_S[0] * (1 - JITTER) - 0.1 <= asleep_s <= PAUSES_S[0] * (1 + JITTER)
    assert receiver.got.empty()


async def looked(database: SqliteDatabase) -> None:
    """Let the sender have had its looks: they wait in the same queue."""
    for _ in range(10):
        await database.write(lambda _: None)


@pytest.mark.usefixtures("sender")
async def test_a_clock_that_is_set_back_holds_no_second_attempt_up(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock, receiver: Receiver, url: str
) -> None:
    receiver.statuses = [500]
    await database.write(lambda tx: owe(tx, url, 1))
    notifier.notify("deliveries")
    await receiver.next()
    await settled(database, notifier, ("msg-1", "pending", 1))

    clock.set_s(-7_200)
    notifier.notify("deliveries")
    await clock.sleeper_s()
    clock.pass_s(LONGEST_REST_MS / 1000 + PAUSES_S[0] * 2)
    notifier.notify("deliveries")

    assert await receiver.next() == "job-1"


async def test_what_was_tried_at_a_time_that_is_yet_to_come_is_due_at_the_start(
    database: SqliteDatabase,
) -> None:
    await database.write(lambda tx: owe(tx, "http://127.0.0.1:9/hook", 1, now_ms=START_MS + 7_200_000))

    await database.write(lambda tx: deliveries.release_all(tx, START_MS))

    assert await due_in_s(database, "msg-1", START_MS) == 0


@pytest.mark.usefixtures("sender")
async def test_what_is_asked_for_anew_during_an_attempt_is_sent_once_more(
    database: SqliteDatabase, notifier: LocalNotifier, receiver: Receiver, url: str
) -> None:
    receiver.gate.clear()
    await database.write(lambda tx: owe(tx, url, 1))
    notifier.notify("deliveries")
    await receiver.has_begun.wait()

    await database.write(lambda tx: deliveries.send_again(tx, "default", "job-1", START_MS))
    receiver.gate.set()

    assert [await receiver.next() for _ in range(2)] == ["job-1", "job-1"]
    await settled(database, notifier, ("msg-1", "delivered", 1))


@pytest.mark.usefixtures("sender")
async def test_a_slow_receiver_delays_no_other(
    database: SqliteDatabase,
    notifier: LocalNotifier,
    receiver: Receiver,
    url: str,
    other: Receiver,
    other_url: str,
) -> None:
    other.gate.clear()
    await database.write(lambda tx: [owe(tx, other_url, number) for number in range(20)])
    await database.write(lambda tx: owe(tx, url, 99))
    notifier.notify("deliveries")

    assert await receiver.next() == "job-99"
    other.gate.set()
    assert {await other.next() for _ in range(20)} == {f"job-{number}" for number in range(20)}
    assert other.most_under_way <= PER_RECEIVER


async def test_a_sender_without_room_rests_until_an_attempt_ends(
    database: SqliteDatabase,
    notifier: LocalNotifier,
    clock: HandClock,
    receiver: Receiver,
    url: str,
    sender: CallbackSender,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender_module, "UNDER_WAY", PER_RECEIVER)
    receiver.gate.clear()
    await database.write(lambda tx: [owe(tx, url, number) for number in range(6)])
    notifier.notify("deliveries")
    await receiver.is_busy.wait()
    asleep_s = await clock.sleeper_s()
    receiver.gate.set()

    assert asleep_s == POLL_S
    assert {await receiver.next() for _ in range(6)} == {f"job-{number}" for number in range(6)}


@pytest.mark.usefixtures("sender")
async def test_a_delivery_whose_event_is_gone_is_given_up(
    database: SqliteDatabase, notifier: LocalNotifier, receiver: Receiver, url: str
) -> None:
    await database.writer.connection.execute("PRAGMA foreign_keys = OFF")
    await database.write(lambda tx: (owe(tx, url, 1), tx.run("DELETE FROM events")))
    notifier.notify("deliveries")

    await settled(database, notifier, ("msg-1", "given_up", 1))
    assert receiver.got.empty()


async def test_a_delivery_that_cannot_be_made_is_tried_a_limited_number_of_times(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock, receiver: Receiver, url: str
) -> None:
    def encode(_: Event) -> bytes:
        raise UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed")

    await database.write(lambda tx: owe(tx, url, 1))
    wire = CallbackFormat(encode, lambda *_: (SECRET,), 5, PAUSES_S)

    async with local_client() as client:
        task = asyncio.create_task(CallbackSender(database, notifier, clock, client, wire).run())
        for tries in range(1, len(PAUSES_S) + 1):
            await settled(database, notifier, ("msg-1", "pending", tries))
            clock.pass_s(PAUSES_S[-1] * 2)
            notifier.notify("deliveries")
        await settled(database, notifier, ("msg-1", "given_up", len(PAUSES_S) + 1))
        task.cancel()
        await asyncio.wait({task})

    assert receiver.got.empty()


async def test_a_claim_that_a_stopped_bridge_left_is_taken_up_at_the_next_start(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock, receiver: Receiver, url: str
) -> None:
    await database.write(lambda tx: owe(tx, url, 1))
    await database.write(lambda tx: deliveries.claim(tx, receiver_of(url), START_MS, START_MS + CLAIM_MS, 1))
    wire = CallbackFormat(job_id, lambda *_: (SECRET,), 5, PAUSES_S)

    async with local_client() as client:
        task = asyncio.create_task(CallbackSender(database, notifier, clock, client, wire).run())
        got = await receiver.next()
        task.cancel()
        await asyncio.wait({task})

    assert got == "job-1"


async def test_a_stop_lets_the_attempt_that_is_under_way_come_to_its_end(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock, receiver: Receiver, url: str
) -> None:
    receiver.gate.clear()
    await database.write(lambda tx: owe(tx, url, 1))
    wire = CallbackFormat(job_id, lambda *_: (SECRET,), 5, PAUSES_S)

    async with local_client() as client:
        task = asyncio.create_task(CallbackSender(database, notifier, clock, client, wire).run())
        await receiver.has_begun.wait()
        task.cancel()
        asyncio.get_running_loop().call_later(0.1, receiver.gate.set)  # long after the stop has come
        await asyncio.wait({task})

    assert task.cancelled()
    assert await states(database) == [("msg-1", "delivered", 1)]
    assert receiver.got.qsize() == 1


def test_a_pause_is_a_fifth_longer_or_shorter_so_that_what_failed_together_comes_back_apart() -> None:
    chance = random.Random(1)

    pauses = [next_pause_s(1, (100.0,), chance) or 0 for _ in range(1_000)]

    assert 80 <= min(pauses) < 81
    assert 119 < max(pauses) <= 120


def test_a_callback_is_tried_for_days_and_then_given_up() -> None:
    chance = random.Random(1)

    pauses = [next_pause_s(tries, PAUSES_S, chance) for tries in range(1, len(PAUSES_S) + 2)]

    assert pauses[-1] is None
    for pause, planned in zip(pauses[:-1], PAUSES_S, strict=True):
        assert pause is not None
        assert planned * (1 - JITTER) <= pause <= planned * (1 + JITTER)


@pytest.mark.usefixtures("sender")
async def test_an_event_that_cannot_be_read_fails_its_attempt_and_no_other(
    database: SqliteDatabase, notifier: LocalNotifier, receiver: Receiver, url: str
) -> None:
    def owe_both(tx: Tx) -> None:
        owe(tx, url, 1)
        tx.run("UPDATE events SET snapshot = '{}'")
        owe(tx, url, 2)

    await database.write(owe_both)

    notifier.notify("deliveries", receiver_of(url))

    assert await receiver.next() == "job-2"
    await settled(database, notifier, ("msg-1", "pending", 1), ("msg-2", "delivered", 1))


async def test_a_retry_that_is_due_is_not_put_off_by_what_becomes_due_elsewhere(
    database: SqliteDatabase,
    notifier: LocalNotifier,
    clock: HandClock,
    sender: CallbackSender,
    receiver: Receiver,
    url: str,
    other: Receiver,
    other_url: str,
) -> None:
    other.statuses = [500]
    await database.write(lambda tx: owe(tx, other_url, 1))
    notifier.notify("deliveries")
    await other.next()
    await settled(database, notifier, ("msg-1", "pending", 1))
    await clock.sleeper_s()
    sender._database = Ringing(database, partial(notifier.notify, "deliveries", receiver_of(url)))

    notifier.notify("deliveries", receiver_of(url))
    clock.pass_s(PAUSES_S[0] * (1 + JITTER) + LONGEST_REST_MS / 1000)
    for number in range(2, 100):
        await database.write(partial(owed_now, url=url, number=number, now_ms=clock.now_ms()))
        notifier.notify("deliveries", receiver_of(url))
        await receiver.next()

    assert other.got.qsize() == 1


def owed_now(tx: Tx, *, url: str, number: int, now_ms: int) -> None:
    owe(tx, url, number, now_ms=now_ms)


class Ringing:
    """A database during each of whose writes there is a ring."""

    def __init__(self, database: SqliteDatabase, ring: Callable[[], None]) -> None:
        self.read, self.query = database.read, database.query
        self._database = database
        self._ring = ring

    async def write(self, body: Callable[[Tx], Any]) -> Any:
        written = await self._database.write(body)
        self._ring()
        return written


class Refusing:
    """A database that refuses the next write."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.read, self.query = database.read, database.query
        self.has_refused = asyncio.Event()
        self._database = database

    async def write(self, body: Callable[[Tx], Any]) -> Any:
        if not self.has_refused.is_set():
            self.has_refused.set()
            raise StoreUnavailable("too many writes are waiting")
        return await self._database.write(body)


async def test_a_claim_that_the_database_refused_is_made_a_second_later_whatever_rings_meanwhile(
    database: SqliteDatabase,
    notifier: LocalNotifier,
    clock: HandClock,
    sender: CallbackSender,
    receiver: Receiver,
    url: str,
    other: Receiver,
    other_url: str,
) -> None:
    await clock.sleeper_s()
    await database.write(lambda tx: owe(tx, other_url, 1))
    refusing = Refusing(database)
    sender._database = refusing
    notifier.notify("deliveries", receiver_of(other_url))
    await refusing.has_refused.wait()
    await database.write(lambda tx: owe(tx, url, 2))
    notifier.notify("deliveries", receiver_of(url))
    await receiver.next()
    asleep_s = await clock.sleeper_s()

    clock.pass_s(1)

    assert await other.next() == "job-1"
    assert asleep_s <= 1
