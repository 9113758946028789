"""Reads wait in a bounded queue, the API's stand before no others, and none goes on for nobody."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

import bridge.api
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.postgres import postgres
from bridge.store.sqlite import sqlite
from bridge.store.sqlite.reader import READS_WAITING
from tests.tools.databases import on_sqlite
from tests.tools.rows import keep, kept

ENDLESS: Final = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
    SELECT max(n) AS most FROM numbers
"""


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reads that are many have the time that a busy machine needs for them."""
    for module, name in ((sqlite, "QUERY_S"), (postgres, "READ_S"), (postgres, "QUERY_S")):
        monkeypatch.setattr(module, name, 60.0)


def endless(tx: Tx) -> None:
    tx.one(ENDLESS)


@asynccontextmanager
async def occupied(database: Database) -> AsyncIterator[None]:
    """Let a query stand before all others meanwhile."""
    has_begun, may_end = threading.Event(), threading.Event()

    def slow(_: Tx) -> None:
        has_begun.set()
        may_end.wait(60)

    standing = asyncio.create_task(database.query(slow))
    await asyncio.to_thread(has_begun.wait, 30)
    try:
        yield
    finally:
        may_end.set()
        await standing


async def test_a_query_of_the_api_stands_before_no_read_of_the_bridge(database: Database) -> None:
    await database.write(lambda tx: keep(tx, "one"))

    async with occupied(database):
        found = await asyncio.wait_for(database.read(kept), 30)

    assert found == ["one"]


@on_sqlite
async def test_a_query_that_takes_too_long_is_ended(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "QUERY_S", 0.05)
    with pytest.raises(StoreUnavailable, match="too long"):
        await database.query(endless)

    monkeypatch.undo()
    assert await database.query(kept) == []


@on_sqlite
async def test_the_wait_for_others_counts_as_time_of_a_query(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with occupied(database):
        monkeypatch.setattr(sqlite, "QUERY_S", 0.05)
        with pytest.raises(StoreUnavailable, match="too long"):
            await database.query(kept)


async def test_a_read_that_is_cancelled_while_it_waits_is_never_begun(database: Database) -> None:
    begun: list[str] = []

    async with occupied(database):
        waiting = asyncio.create_task(database.query(lambda _: begun.append("left")))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})

    await database.query(lambda _: begun.append("stays"))
    assert begun == ["stays"]


async def test_a_read_that_is_cancelled_while_it_runs_is_ended(database: Database) -> None:
    running = asyncio.create_task(database.read(endless))
    await asyncio.sleep(0)

    running.cancel()

    assert await asyncio.wait_for(database.read(kept), 30) == []


async def test_a_read_that_is_cancelled_begins_no_further_statement(database: Database) -> None:
    has_begun, may_go_on, begun = threading.Event(), threading.Event(), []

    def several(tx: Tx) -> None:
        has_begun.set()
        may_go_on.wait(60)
        tx.one("SELECT 1")
        begun.append("a further statement")

    reading = asyncio.create_task(database.read(several))
    await asyncio.to_thread(has_begun.wait, 30)
    reading.cancel()
    await asyncio.wait({reading})
    may_go_on.set()

    assert await database.read(kept) == []
    assert begun == []


async def test_too_many_waiting_reads_are_refused_at_once(database: Database) -> None:
    async with occupied(database):
        waiting = [asyncio.create_task(database.query(kept)) for _ in range(READS_WAITING)]
        await asyncio.sleep(0)
        done = [query.exception() for query in waiting if query.done()]

    assert [type(error) for error in done] == [StoreUnavailable]
    assert await asyncio.gather(*waiting, return_exceptions=True) == [[]] * (READS_WAITING - 1) + done


def test_the_api_reads_as_a_request_does() -> None:
    folder = Path(bridge.api.__file__).parent

    reading = [file.name for file in folder.glob("*.py") if "database.read(" in file.read_text("utf-8")]

    assert reading == []
