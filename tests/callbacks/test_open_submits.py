"""Callbacks of jobs whose submit has not been answered, or only just: they wait, and nobody else does."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from bridge.callbacks.format import CallbackFormat
from bridge.callbacks.open_submits import AFTER_ANSWER_MS, OpenSubmits
from bridge.callbacks.sender import CallbackSender
from bridge.notifier import LocalNotifier
from bridge.store.rows import deliveries
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.callbacks.outbox import PAUSES_S, SECRET, due_in_s, job_id, owe, settled
from tests.tools.hand_clock import START_MS, HandClock
from tests.tools.local_client import local_client
from tests.tools.receivers import Receiver, receiving


@pytest.fixture
def open_submits(clock: HandClock, database: SqliteDatabase) -> OpenSubmits:
    return OpenSubmits(clock, database)


@pytest.fixture
async def sender(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock, open_submits: OpenSubmits
) -> AsyncIterator[CallbackSender]:
    wire = CallbackFormat(
        encode=job_id,
        secrets=lambda *_: (SECRET,),
        timeout_s=5.0,
        pauses_s=PAUSES_S,
        open_submits=open_submits.waits_ms,
        answered_submits=open_submits.answered,
    )
    async with local_client() as client:
        running = CallbackSender(database, notifier, clock, client, wire)
        task = asyncio.create_task(running.run())
        yield running
        task.cancel()
        await asyncio.wait({task})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def put_off(database: SqliteDatabase, clock: HandClock, delivery: str) -> None:
    """Return when the sender has looked at a delivery and has put it off."""
    async with asyncio.timeout(30):
        while await due_in_s(database, delivery, clock.now_ms()) <= 0:
            await asyncio.to_thread(lambda: None)


@pytest.mark.usefixtures("sender")
async def test_a_callback_leaves_a_second_after_the_answer_and_not_before(
    database: SqliteDatabase,
    notifier: LocalNotifier,
    clock: HandClock,
    open_submits: OpenSubmits,
    receiver: Receiver,
) -> None:
    open_submits.begin("job-1")
    await database.write(lambda tx: owe(tx, receiver.url, 1))
    notifier.notify("deliveries")
    await put_off(database, clock, "msg-1")

    for _ in range(5):
        await clock.sleeper_s()
        clock.pass_s(10)
        await put_off(database, clock, "msg-1")
    open_submits.end("job-1")
    await clock.sleeper_s()
    clock.pass_s((AFTER_ANSWER_MS - 1) / 1000)
    await put_off(database, clock, "msg-1")
    before = len(receiver.posts)
    await clock.sleeper_s()
    clock.pass_s(AFTER_ANSWER_MS / 1000)
    await settled(database, notifier, ("msg-1", "delivered", 1))

    assert before == 0
    assert AFTER_ANSWER_MS >= 1_000


@pytest.mark.usefixtures("sender")
async def test_callbacks_that_wait_for_answers_keep_no_other_of_their_receiver_back(
    database: SqliteDatabase, notifier: LocalNotifier, open_submits: OpenSubmits, receiver: Receiver
) -> None:
    for number in range(1, 21):
        open_submits.begin(f"job-{number}")

    await database.write(lambda tx: [owe(tx, receiver.url, number) for number in range(1, 22)])
    notifier.notify("deliveries")
    posts = await receiver.got(1)

    assert [post.body for post in posts] == [b"job-21"]


async def test_what_was_answered_a_second_ago_is_forgotten(
    clock: HandClock, open_submits: OpenSubmits
) -> None:
    for number in range(100):
        open_submits.begin(f"job-{number}")
        open_submits.end(f"job-{number}")
    clock.pass_s(AFTER_ANSWER_MS / 1000)

    open_submits.begin("job-100")
    open_submits.end("job-100")

    assert list(open_submits.waits_ms()) == ["job-100"]
    assert len(open_submits._answered) == 1


async def test_who_was_never_given_a_job_leaves_nothing_behind(open_submits: OpenSubmits) -> None:
    open_submits.begin("job-1")

    open_submits.end("job-1")
    open_submits.end("job-2")

    assert open_submits.waits_ms().keys() == {"job-1"}


async def test_only_the_first_callback_of_a_job_that_nobody_has_tried_is_taken_back(
    database: SqliteDatabase,
) -> None:
    await database.write(lambda tx: [owe(tx, "http://a/", 1, "failed"), owe(tx, "http://a/", 1, "late")])
    await database.write(lambda tx: owe(tx, "http://a/", 2, "tried"))
    await database.write(lambda tx: tx.run("UPDATE deliveries SET tries = 1 WHERE id = 'tried'"))

    for job in ("job-1", "job-2", "nobody"):
        await database.write(partial(deliveries.withdraw, job=job))

    rows = await database.read(lambda tx: tx.all("SELECT id FROM deliveries ORDER BY position"))
    assert [row["id"] for row in rows] == ["late", "tried"]


class TickingClock(HandClock):
    """A millisecond passes whenever it is read."""

    def monotonic_ms(self) -> int:
        self.pass_s(0.001)
        return super().monotonic_ms()


@pytest.mark.parametrize("ahead_ms", [0, 1])
def test_a_wait_that_ends_while_it_is_asked_for_is_never_told_as_none(
    ahead_ms: int, database: SqliteDatabase
) -> None:
    clock = TickingClock()
    open_submits = OpenSubmits(clock, database)
    open_submits.begin("job-1")
    open_submits.end("job-1")
    clock.pass_s(ahead_ms / 1000)

    waits = [open_submits.waits_ms() for _ in range(AFTER_ANSWER_MS)]

    assert all(wait["job-1"] > 0 for wait in waits if wait)
    assert waits[-1] == {}


async def test_a_callback_that_was_tried_and_asked_for_again_is_not_taken_back(
    database: SqliteDatabase,
) -> None:
    await database.write(lambda tx: owe(tx, "http://127.0.0.1:9/hook", 1))
    await database.write(
        lambda tx: deliveries.attempted(tx, "msg-1", at_ms=START_MS, status=500, duration_ms=1, error=None)
    )

    await database.write(lambda tx: deliveries.withdraw(tx, "job-1"))

    assert await database.read(lambda tx: [row["id"] for row in tx.all("SELECT id FROM deliveries")]) == [
        "msg-1"
    ]
