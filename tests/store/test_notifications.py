"""Processes that share PostgreSQL wake one another, and look again when they may have missed something."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
import pytest

from bridge.clock import SystemClock
from bridge.flows.send.proofs import unsent
from bridge.notifier import LocalNotifier
from bridge.store.postgres.address import address_of
from bridge.store.postgres.notifications import MOST_NAMES, SharedNotifier, messages_of

WITHIN_S = 30.0


@dataclass
class Process:
    """What one process wakes others with, and is woken by."""

    shared: SharedNotifier
    local: LocalNotifier

    async def woken(self, *names: str, by: Callable[[], None]) -> bool:
        """Return whether somebody here who waits for names is woken."""
        with self.shared.subscribe(*names) as subscription:
            by()
            return await subscription.wait(WITHIN_S)


@asynccontextmanager
async def process(url: str) -> AsyncIterator[Process]:
    clock = SystemClock()
    local = LocalNotifier(clock)
    shared = SharedNotifier(local, address_of(url), clock)
    running = asyncio.create_task(shared.run())
    with local.subscribe("started") as subscription:
        assert await subscription.wait(WITHIN_S)
    try:
        yield Process(shared, local)
    finally:
        running.cancel()
        await asyncio.wait({running})


@pytest.fixture
async def one(postgres_url: str) -> AsyncIterator[Process]:
    async with process(postgres_url) as started:
        yield started


@pytest.fixture
async def two(postgres_url: str) -> AsyncIterator[Process]:
    async with process(postgres_url) as started:
        yield started


async def test_a_notification_wakes_who_waits_in_another_process(one: Process, two: Process) -> None:
    assert await two.woken("events", by=lambda: one.shared.notify("events", object()))
    assert await one.woken("answered:job-1", by=lambda: two.shared.notify("answered:job-1"))


async def test_others_get_no_payload(one: Process, two: Process) -> None:
    with one.shared.subscribe("events") as here, two.shared.subscribe("events") as there:
        one.shared.notify("events", "an event")
        await here.wait(WITHIN_S)
        await there.wait(WITHIN_S)

        assert (list(here.payloads()), list(there.payloads())) == (["an event"], [None])


async def test_nobody_is_woken_twice_by_its_own_notification(one: Process, two: Process) -> None:
    with one.shared.subscribe("events") as subscription:
        one.shared.notify("events")
        await subscription.wait(WITHIN_S)
        assert await two.woken("last", by=lambda: one.shared.notify("last"))
        assert await one.woken("last", by=lambda: two.shared.notify("last"))

        assert list(subscription.payloads()) == [None]


@pytest.mark.parametrize("name", ["deliveries", "gap:1", "job:job-1", "conditions"])
async def test_what_concerns_only_the_process_itself_stays_there(
    one: Process, two: Process, name: str
) -> None:
    with two.shared.subscribe(name) as subscription:
        one.shared.notify(name)
        assert await two.woken("last", by=lambda: one.shared.notify("last"))

        assert not subscription.payloads()


async def test_what_only_one_process_waits_for_stays_where_it_is_waited_for(
    one: Process, two: Process
) -> None:
    with two.shared.subscribe("account:1") as there, one.shared.subscribe("account:1"):
        one.shared.notify("account:1")
        assert await two.woken("last", by=lambda: one.shared.notify("last"))

        assert not there.payloads()


async def test_that_a_job_was_not_sent_is_told_to_all_although_the_process_waits_for_it_itself(
    one: Process, two: Process
) -> None:
    with one.shared.subscribe(unsent(1)):
        assert await two.woken(unsent(1), by=lambda: one.shared.notify(unsent(1)))


async def test_so_many_names_that_none_can_be_told_wake_everybody(one: Process, two: Process) -> None:
    def flood() -> None:
        for number in range(2 * MOST_NAMES):
            one.shared.notify(f"answered:{number}")

    assert await two.woken("something else", by=flood)


async def test_everybody_is_woken_once_after_the_connection_was_lost(
    one: Process, two: Process, postgres_url: str
) -> None:
    assert await two.woken("anything", by=lambda: end_connections(postgres_url))

    assert await two.woken("events", by=lambda: one.shared.notify("events"))
    assert await one.woken("events", by=lambda: two.shared.notify("events"))


def end_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
            """
        )


async def test_nothing_is_left_behind_that_asyncio_would_complain_of(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def come_and_go() -> None:
        async with process(postgres_url) as started:
            started.shared.notify("events")
            await asyncio.to_thread(lambda: None)

    await asyncio.create_task(come_and_go())
    await asyncio.to_thread(lambda: None)
    gc.collect()

    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.parametrize(
    "message",
    ["what a newer version says", "5", "null", "[]", "{}", '["a", [1]]', '["a", null]', "[" * 7_000],
)
async def test_a_message_that_is_not_understood_may_be_for_everybody(
    two: Process, postgres_url: str, message: str
) -> None:
    def say_something() -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("SELECT pg_notify('pixverse_bridge', %s)", (message,))

    assert await two.woken("anything", by=say_something)


def test_names_are_carried_in_few_messages_that_postgresql_takes() -> None:
    names = [f"answered:{number:032x}ü" for number in range(1_000)]

    messages = list(messages_of("me", names))

    assert len(messages) < 10
    assert all(len(message.encode()) < 8_000 for message in messages)
    assert list(messages_of("me", [])) == []
