"""When a token was used last: to the minute, and stored in groups."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from bridge.flows.access.callers import Callers, callers_of
from bridge.store.database import StoreUnavailable
from bridge.store.rows import api_tokens
from bridge.store.sqlite.sqlite import SqliteDatabase, sqlite_database
from tests.tools.counting import counting
from tests.tools.hand_clock import HandClock
from tests.tools.rows import a_token

MINUTE_MS = 60_000


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with sqlite_database(tmp_path / "bridge.db") as database:
        yield database


@asynccontextmanager
async def storing(callers: Callers) -> AsyncIterator[None]:
    running = asyncio.create_task(callers.uses.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait({running})


async def used(database: SqliteDatabase) -> list[int | None]:
    return [token.used_ms for token in await database.read(api_tokens.every)]


async def test_uses_within_a_minute_are_one_write_for_all_tokens(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock()
    callers = callers_of(database, clock)
    tokens = [await database.write(partial(a_token, text=text)) for text in ("token-1", "token-2")]
    minute_ms = clock.now_ms() // MINUTE_MS * MINUTE_MS

    with counting(monkeypatch) as statements:
        async with storing(callers):
            for _ in range(100):
                for token in tokens:
                    callers.admit(token)
            assert await clock.sleeper_s() == 1
            clock.pass_s(1)

    assert await used(database) == [minute_ms, minute_ms]
    assert len([one for one in statements if "UPDATE api_tokens" in one]) == 2


async def test_what_is_noted_when_the_bridge_stops_is_stored(database: SqliteDatabase) -> None:
    clock = HandClock()
    callers = callers_of(database, clock)
    token = await database.write(lambda tx: a_token(tx, "used-last"))

    async with storing(callers):
        callers.admit(token)
        await clock.sleeper_s()

    assert await used(database) == [clock.now_ms() // MINUTE_MS * MINUTE_MS]


async def test_a_use_that_cannot_be_stored_stops_nothing(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock()
    callers = callers_of(database, clock)
    token = await database.write(lambda tx: a_token(tx, "used-often"))

    async def no_disk(_: object) -> None:
        raise StoreUnavailable("the disk is full")

    async with storing(callers):
        with monkeypatch.context() as patch:
            patch.setattr(SqliteDatabase, "write", lambda *_: no_disk(None))
            callers.admit(token)
            await clock.sleeper_s()
            clock.pass_s(1)
            await asyncio.to_thread(lambda: None)
        clock.pass_s(60)
        callers.admit(token)
        await clock.sleeper_s()
        clock.pass_s(1)

    assert await used(database) == [(clock.now_ms() - 1000) // MINUTE_MS * MINUTE_MS]
