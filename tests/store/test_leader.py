"""Of the processes that share PostgreSQL one leads, and another one when that one's connection has ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import psycopg
import pytest

from bridge.clock import SystemClock
from bridge.store.leader import OnlyProcess
from bridge.store.postgres import leader
from bridge.store.postgres.address import address_of
from bridge.store.postgres.leader import AdvisoryLeader


@dataclass
class Process:
    """What a process does while it leads: it counts itself in `leading`."""

    name: str
    leading: set[str]
    turns: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def work(self) -> None:
        self.leading.add(self.name)
        self.turns.put_nowait(self.name)
        try:
            await asyncio.Event().wait()
        finally:
            self.leading.discard(self.name)


@asynccontextmanager
async def running(url: str, process: Process) -> AsyncIterator[None]:
    task = asyncio.create_task(AdvisoryLeader(address_of(url), SystemClock()).lead(process.work))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader, "TRY_S", 0.05)


async def test_one_leads_and_the_next_one_when_it_ends(postgres_url: str) -> None:
    leading: set[str] = set()
    first, second = Process("first", leading), Process("second", leading)

    async with running(postgres_url, first):
        await turn_of(first)
        async with running(postgres_url, second):
            await connected(postgres_url, 2)
            with_both = set(leading)
            end_leader(postgres_url)
            async with asyncio.timeout(30):
                while (first.turns.empty() and second.turns.empty()) or len(leading) > 1:
                    await asyncio.to_thread(lambda: None)
            after = len(leading)

    assert with_both == {"first"}
    assert after == 1


async def test_another_one_leads_when_the_leader_has_stopped(postgres_url: str) -> None:
    leading: set[str] = set()
    first, second = Process("first", leading), Process("second", leading)

    async with running(postgres_url, first):
        await turn_of(first)
        waiting = running(postgres_url, second)
        await waiting.__aenter__()
        await connected(postgres_url, 2)
    await turn_of(second)

    assert leading == {"second"}
    await waiting.__aexit__(None, None, None)


async def test_what_the_only_process_does_ends_with_it() -> None:
    alone = Process("alone", set())
    task = asyncio.create_task(OnlyProcess().lead(alone.work))
    await turn_of(alone)
    while_it_runs = set(alone.leading)

    task.cancel()
    await asyncio.wait({task})

    assert while_it_runs == {"alone"}
    assert alone.leading == set()


async def test_an_error_of_the_work_ends_the_process(postgres_url: str) -> None:
    async def fails() -> None:
        raise ValueError("a bug")

    with pytest.raises(ExceptionGroup) as raised:
        await AdvisoryLeader(address_of(postgres_url), SystemClock()).lead(fails)

    assert raised.group_contains(ValueError)


async def turn_of(process: Process) -> None:
    async with asyncio.timeout(30):
        await process.turns.get()


async def connected(url: str, processes: int) -> None:
    """Return when so many processes have tried to lead."""
    async with asyncio.timeout(30):
        while asked(url, BACKENDS) < processes:
            await asyncio.to_thread(lambda: None)


BACKENDS = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def asked(url: str, sql: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(sql.encode()).fetchone()
    return int(row[0]) if row else 0


def end_leader(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
