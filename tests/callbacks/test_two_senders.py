"""Two processes send callbacks from one database: no delivery is attempted by both at one time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.callbacks import sender
from bridge.callbacks.claims import CLAIM_MS
from bridge.callbacks.format import CallbackFormat
from bridge.callbacks.open_submits import AFTER_ANSWER_MS, OpenSubmits
from bridge.callbacks.sender import CallbackSender
from bridge.leases.term import Machine
from bridge.notifier import LocalNotifier
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import deliveries, leases, open_submits
from bridge.store.rows.events import Event
from bridge.store.sqlite.sqlite import SqliteDatabase, sqlite_database
from tests.callbacks.outbox import PAUSES_S, SECRET, due_in_s, job_id, owe, settled
from tests.tools.hand_clock import START_MS, HandClock
from tests.tools.local_client import local_client
from tests.tools.receivers import receiving

TIMEOUT_S = 5.0


@pytest.fixture
async def other(database: SqliteDatabase, tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """The database as another process has opened it."""
    async with sqlite_database(tmp_path / "bridge.db") as other:
        yield other


@asynccontextmanager
async def sending(
    database: Database,
    clock: HandClock,
    renewed: Callable[[Event], Awaitable[Event]] | None = None,
) -> AsyncIterator[LocalNotifier]:
    """Let a process send callbacks; yields what wakes it."""
    notifier = LocalNotifier(clock)
    wire = CallbackFormat(encode=job_id, secrets=lambda *_: (SECRET,), timeout_s=TIMEOUT_S, pauses_s=PAUSES_S)
    async with local_client() as client:
        wire = replace(wire, renewed=renewed) if renewed else wire
        running = asyncio.create_task(CallbackSender(database, notifier, clock, client, wire).run())
        try:
            await has_started(notifier)
            yield notifier
        finally:
            running.cancel()
            await asyncio.wait({running})


async def has_started(notifier: LocalNotifier) -> None:
    """Return when a sender has released the claims of its last life."""
    async with asyncio.timeout(30):
        while not notifier._subscriptions.get("deliveries"):
            await asyncio.to_thread(lambda: None)


async def test_each_callback_is_posted_once_whoever_is_woken(
    database: SqliteDatabase, other: SqliteDatabase, clock: HandClock
) -> None:
    async with receiving() as receiver, sending(database, clock) as one, sending(other, clock) as two:
        await database.write(lambda tx: [owe(tx, receiver.url, number) for number in range(1, 41)])
        one.notify("deliveries")
        two.notify("deliveries")
        posts = await receiver.got(40)
        await settled_by_both(database, one, two)

    assert len({post.body for post in posts}) == 40
    assert len(receiver.posts) == 40


async def settled_by_both(database: SqliteDatabase, one: LocalNotifier, two: LocalNotifier) -> None:
    async with asyncio.timeout(45):
        while await database.read(lambda tx: tx.one("SELECT 1 FROM deliveries WHERE state = 'pending'")):
            one.notify("deliveries")
            two.notify("deliveries")


async def test_a_process_that_stood_still_before_its_post_leaves_the_callback_to_another(
    database: SqliteDatabase, other: SqliteDatabase, clock: HandClock
) -> None:
    stands_still, goes_on = asyncio.Event(), asyncio.Event()

    async def slowly(event: Event) -> Event:
        stands_still.set()
        await goes_on.wait()
        return event

    async with receiving() as receiver, sending(database, clock, slowly) as notifier:
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")
        await stands_still.wait()
        clock.pass_s(TIMEOUT_S + CLAIM_MS / 1000)
        (claimed,) = await other.write(
            lambda tx: deliveries.claim(tx, host_of(receiver.url), clock.now_ms(), clock.now_ms() + 1, 1)
        )
        await other.write(lambda tx: deliveries.settle(tx, claimed, "delivered", clock.now_ms()))
        with notifier.subscribe("callbacks") as attempts:
            goes_on.set()
            await attempts.wait(3600)

    assert receiver.posts == []


class Unconfirmed:
    """A database that commits a claim without saying so: its connection is lost, or its caller cancelled."""

    def __init__(self, real: SqliteDatabase, *, hangs: bool = False) -> None:
        self._real = real
        self._hangs = hangs
        self.has_claimed = asyncio.Event()

    async def write(self, body: Callable[[Tx], Any]) -> Any:
        value = await self._real.write(body)
        is_claim = isinstance(value, tuple) and value[0] and not self.has_claimed.is_set()
        if is_claim:
            self.has_claimed.set()
            if self._hangs:
                await asyncio.Event().wait()
            raise StoreUnavailable("whether a transaction was committed is not known yet")
        return value

    async def read(self, body: Callable[[Tx], Any]) -> Any:
        return await self._real.read(body)

    async def query(self, body: Callable[[Tx], Any]) -> Any:
        return await self._real.query(body)


async def test_a_claim_that_was_committed_without_an_answer_is_given_up_and_the_callback_sent_at_once(
    database: SqliteDatabase, clock: HandClock
) -> None:
    unconfirmed = Unconfirmed(database)
    async with receiving() as receiver, sending(unconfirmed, clock) as notifier:
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")
        await unconfirmed.has_claimed.wait()
        await clock.sleeper_s()
        clock.pass_s(1)
        await settled(database, notifier, ("msg-1", "delivered", 1))

    assert len(receiver.posts) == 1


async def test_what_a_process_has_claimed_when_it_stops_is_left_to_the_others(
    database: SqliteDatabase, clock: HandClock
) -> None:
    unconfirmed = Unconfirmed(database, hangs=True)
    async with receiving() as receiver, sending(unconfirmed, clock) as notifier:
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")
        await unconfirmed.has_claimed.wait()

    [row] = await database.read(lambda tx: tx.all("SELECT claim_ms, state FROM deliveries"))
    assert (row["claim_ms"], row["state"]) == (0, "pending")


async def test_an_attempt_that_a_stop_cuts_is_left_to_the_others(
    database: SqliteDatabase, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "CALLBACKS_S", 0)
    begun, rows = asyncio.Event(), "SELECT claim_ms, claimer, state FROM deliveries ORDER BY id"

    async def hangs(_: Event) -> Event:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody wakes it")

    async with sending(database, clock, hangs) as notifier:
        await database.write(lambda tx: [owe(tx, "https://x/", number) for number in (1, 2)])
        notifier.notify("deliveries")
        await begun.wait()
        before = await database.read(lambda tx: tx.all(rows))

    after = await database.read(lambda tx: tx.all(rows))
    assert [row["claim_ms"] > 0 and row["claimer"] != "" for row in before] == [True, True]
    assert [(row["claim_ms"], row["state"]) for row in after] == [(0, "pending")] * 2


async def test_only_the_own_claim_is_given_up(database: SqliteDatabase) -> None:
    await database.write(lambda tx: [owe(tx, "https://x/", number) for number in (1, 2)])
    mine = await database.write(lambda tx: deliveries.claim(tx, "x", START_MS, START_MS + 9, 1, "mine"))
    await database.write(lambda tx: deliveries.claim(tx, "x", START_MS, START_MS + 9, 1, "theirs"))

    await database.write(lambda tx: deliveries.release_claimed(tx, "x", START_MS + 9, "mine"))

    rows = await database.read(lambda tx: tx.all("SELECT id FROM deliveries WHERE claim_ms = 0"))
    assert [row["id"] for row in rows] == [each.id for each in mine]


async def test_what_a_dead_process_has_claimed_is_sent_by_another_when_the_claim_is_over(
    database: SqliteDatabase, other: SqliteDatabase, clock: HandClock
) -> None:
    async with receiving() as receiver, sending(other, clock) as notifier:
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        until_ms = clock.now_ms() + CLAIM_MS
        await database.write(
            lambda tx: deliveries.claim(tx, host_of(receiver.url), clock.now_ms(), until_ms, 1)
        )
        notifier.notify("deliveries")
        await clock.sleeper_s()
        before = list(receiver.posts)

        clock.pass_s(CLAIM_MS / 1000)
        await settled(database, notifier, ("msg-1", "delivered", 1))

    assert before == []


async def test_a_callback_waits_for_the_answer_that_another_process_is_writing(
    database: SqliteDatabase, other: SqliteDatabase, clock: HandClock
) -> None:
    answering = OpenSubmits(clock, database)
    answering.begin("job-1")
    await database.write(lambda tx: open_submits.begin(tx, "job-1", clock.now_ms() + 60_000, ""))
    async with receiving() as receiver, sending(other, clock) as notifier, running(answering.run()):
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")
        await waits(database, clock)
        before = list(receiver.posts)

        answering.end("job-1", is_kept=True)
        while await database.read(lambda tx: open_submits.wait_ms(tx, "job-1", clock.now_ms())):
            clock.pass_s(0.5)
        clock.pass_s(AFTER_ANSWER_MS / 1000)
        await settled(database, notifier, ("msg-1", "delivered", 1))
        while answering.answered():  # noqa: ASYNC110 - what was deleted is forgotten a moment later
            await asyncio.sleep(0)

    assert before == []


async def test_a_callback_waits_for_no_answer_of_a_process_that_has_ended(
    database: SqliteDatabase, other: SqliteDatabase, clock: HandClock
) -> None:
    await database.write(lambda tx: leases.join(tx, Machine("b1", "b", clock.now_ms())))
    async with receiving() as receiver, sending(other, clock) as notifier:
        await database.write(lambda tx: open_submits.begin(tx, "job-1", clock.now_ms() + 60_000, "b1"))
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")
        await waits(database, clock)
        before = list(receiver.posts)

        await database.write(lambda tx: leases.leave(tx, "b1", clock.now_ms()))
        clock.pass_s(AFTER_ANSWER_MS / 1000)
        await settled(database, notifier, ("msg-1", "delivered", 1))

    assert before == []


async def test_a_callback_waits_no_longer_than_a_dead_process_would_have_taken_to_answer(
    database: SqliteDatabase, other: SqliteDatabase, clock: HandClock
) -> None:
    async with receiving() as receiver, sending(other, clock) as notifier:
        await database.write(lambda tx: open_submits.begin(tx, "job-1", clock.now_ms() + 1_000, ""))
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")
        await waits(database, clock)
        before = list(receiver.posts)

        clock.pass_s(1)
        await settled(database, notifier, ("msg-1", "delivered", 1))

    assert before == []


async def waits(database: SqliteDatabase, clock: HandClock) -> None:
    """Return when a sender has looked at the delivery and has put it off."""
    async with asyncio.timeout(30):
        while await due_in_s(database, "msg-1", clock.now_ms()) <= 0:
            await asyncio.to_thread(lambda: None)


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def host_of(url: str) -> str:
    return deliveries.receiver_of(url)
