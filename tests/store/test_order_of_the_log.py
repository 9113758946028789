"""Processes that write to one log on PostgreSQL: positions appear in order, and no deadlock is waited for."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest

from bridge.clock import SystemClock
from bridge.leases.term import Machine
from bridge.store.database import Database, Tx
from bridge.store.postgres.postgres import own_connections
from bridge.store.rows import events, jobs, leases
from bridge.store.rows.accounts import Accounts
from tests.tools.databases import opened
from tests.tools.rows import a_job, an_account

JOBS = 8
MOMENT_S = 0.2


@pytest.fixture
async def one(postgres_url: str, accounts: Accounts) -> AsyncIterator[Database]:
    async with opened(postgres_url) as database:
        await database.write(lambda tx: an_account(tx, accounts))
        await database.write(lambda tx: [a_job(tx, number) for number in range(1, JOBS + 1)])
        yield database


@pytest.fixture
async def two(one: Database, postgres_url: str) -> AsyncIterator[Database]:
    async with opened(postgres_url) as database:
        yield database


def append(tx: Tx, number: int) -> int:
    job = jobs.by_id(tx, f"job-{number}")
    assert job is not None
    return events.append(tx, job)


def touch(tx: Tx, number: int) -> None:
    tx.run("UPDATE jobs SET ended_ms = 1 WHERE id = :id", id=f"job-{number}")


async def test_a_log_never_begins_before_a_position_that_was_given(one: Database) -> None:
    """Two bridges can start at once on a new database, and the clock of the second be behind."""
    given = 9_000_000_000_000

    await one.write(lambda tx: tx.one("SELECT setval('positions', :given)", given=given))
    await one.write(lambda tx: events.begin(tx, given - 1_000))

    assert await one.write(lambda tx: append(tx, 1)) > given


async def test_groups_that_change_the_same_rows_in_another_order_never_wait_for_each_other(
    one: Database, two: Database
) -> None:
    ran: Counter[str] = Counter()
    is_touched = threading.Event()

    def counted(
        name: str, body: Callable[[Tx], object], tell: threading.Event | None = None
    ) -> Callable[[Tx], object]:
        def run(tx: Tx) -> object:
            ran[name] += 1
            value = body(tx)
            if tell is not None:
                tell.set()
            return value

        return run

    def appended_first(tx: Tx) -> None:
        append(tx, 1)
        is_touched.wait(MOMENT_S)

    await asyncio.gather(
        one.write(counted("append", appended_first)),
        one.write(counted("touch", lambda tx: touch(tx, 2))),
        two.write(counted("touch there", lambda tx: touch(tx, 2), is_touched)),
        two.write(counted("append there", lambda tx: append(tx, 3))),
    )

    assert ran == {"append": 1, "touch": 1, "touch there": 1, "append there": 1}


async def test_a_heartbeat_waits_for_no_turn_in_the_log(
    one: Database, two: Database, postgres_url: str
) -> None:
    is_held, may_go_on = threading.Event(), threading.Event()

    def held(tx: Tx) -> None:
        append(tx, 1)
        is_held.set()
        may_go_on.wait(10 * MOMENT_S)

    async with own_connections(postgres_url, SystemClock()) as own:
        await own.write(lambda tx: leases.join(tx, Machine("b1", "b", 0)))
        bodies = [(one, held), (two, lambda tx: append(tx, 2)), (two, lambda tx: append(tx, 3))]
        writes = [asyncio.create_task(database.write(body)) for database, body in bodies]
        await asyncio.to_thread(is_held.wait, 10)

        is_stored = await own.write(lambda tx: leases.beat(tx, "b1", 1, reaches_discord=True))
        were_done = [write.done() for write in writes]
        may_go_on.set()
        await asyncio.gather(*writes)

    assert is_stored
    assert were_done == [False, False, False]


async def test_a_reader_never_sees_a_position_behind_one_that_it_has_seen(
    one: Database, two: Database
) -> None:
    is_over = asyncio.Event()

    async def read() -> list[int]:
        seen: list[int] = []
        while not is_over.is_set():
            last = seen[-1] if seen else 0
            page = await one.read(lambda tx, last=last: events.after(tx, last, 100))  # type: ignore[misc]
            seen += [event.position for event in page]
        rest = await one.read(lambda tx: events.after(tx, seen[-1] if seen else 0, 1_000))
        return [*seen, *(event.position for event in rest)]

    reading = asyncio.create_task(read())
    given = await asyncio.gather(
        *(
            database.write(lambda tx, n=number: append(tx, n % JOBS + 1))  # type: ignore[misc]
            for number in range(100)
            for database in (one, two)
        )
    )
    is_over.set()

    assert await reading == sorted(given)
