"""The wait for the first news of a job: it reads only where a ring has not told it all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from bridge.flows.submit.first_news import FirstNews, Stopping
from bridge.jobs.job import Job, Said, State
from bridge.jobs.signals import Started
from bridge.store.database import Tx
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.flows.conftest import Rig, stepped

PATIENCE_S: Final = 15.0
SAID: Final = Said("1", "We are making videos.")


@pytest.fixture
def closing() -> Stopping:
    return Stopping()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The reads of the API's kind from now on."""
    asked: list[object] = []
    query = SqliteDatabase.query

    async def counted(database: SqliteDatabase, body: Callable[[Tx], object]) -> object:
        asked.append(body)
        return await query(database, body)

    monkeypatch.setattr(SqliteDatabase, "query", counted)
    return asked


async def told(rig: Rig, closing: Stopping, happens: Callable[[Job], Awaitable[None]]) -> Job:
    """Return what is answered to the submit of a job when something happens meanwhile."""
    job = await rig.sent()
    news = FirstNews(rig.database, rig.clock, PATIENCE_S, closing)
    with rig.notifier.subscribe(f"answered:{job.id}", "closing") as subscription:
        waiting = asyncio.ensure_future(news.of(job, subscription))
        await rig.clock.sleeper_s()
        await happens(job)
        async with asyncio.timeout(30):
            return await waiting


async def test_a_patience_that_ends_without_a_ring_reads_nothing(
    rig: Rig, closing: Stopping, reads: list[object]
) -> None:
    async def nothing(_: Job) -> None:
        rig.clock.pass_s(PATIENCE_S)

    job = await told(rig, closing, nothing)

    assert job.state is State.SENT
    assert reads == []


async def test_a_stop_is_answered_with_what_there_is(
    rig: Rig, closing: Stopping, reads: list[object]
) -> None:
    async def stop(_: Job) -> None:
        closing.has_begun = True
        rig.notifier.notify("closing")

    job = await told(rig, closing, stop)

    assert job.state is State.SENT
    assert reads == []


async def test_a_ring_that_carries_nothing_is_looked_into(
    rig: Rig, closing: Stopping, reads: list[object]
) -> None:
    async def answer(job: Job) -> None:
        await rig.database.write(lambda tx: stepped(tx, job, Started(SAID, {}), rig.now()))
        rig.notifier.notify(f"answered:{job.id}")

    job = await told(rig, closing, answer)

    assert job.state is State.STARTED
    assert len(reads) == 1
