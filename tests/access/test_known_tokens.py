"""The tokens in memory follow the database, whoever changes it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.flows.access.known_tokens import FRESH_MS, KnownTokens
from bridge.store.database import StoreUnavailable, Tx
from bridge.store.patience import begin_request, waiting
from bridge.store.sqlite.sqlite import sqlite_database
from tests.tools.hand_clock import HandClock
from tests.tools.rows import a_token


async def test_an_idle_bridge_notices_a_change_within_a_second(tmp_path: Path) -> None:
    clock, has_changed = HandClock(), asyncio.Event()
    async with sqlite_database(tmp_path / "bridge.db") as database:
        tokens = KnownTokens(database, clock, has_changed.set)
        await tokens.refresh()
        has_changed.clear()
        noticing = asyncio.create_task(tokens.run())
        await clock.sleeper_s()

        made = await database.write(lambda tx: a_token(tx, "made-beside-an-idle-bridge"))
        clock.pass_s(FRESH_MS / 1000)

        async with asyncio.timeout(30):
            await has_changed.wait()
        assert tokens.of_id(made.id) == made
        noticing.cancel()
        await asyncio.wait({noticing})


async def test_requests_during_an_outage_wait_for_one_read_and_not_one_after_another() -> None:
    database = Away()
    tokens = KnownTokens(database, HandClock(), lambda: None)
    requests = [asyncio.create_task(tokens.of_digest("any")) for _ in range(5)]
    reading = await database.reads.get()

    reading.set_exception(StoreUnavailable("the database is away"))
    async with asyncio.timeout(30):
        outcomes = await asyncio.gather(*requests, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 5
    assert database.reads.empty()


async def test_who_shares_a_read_has_waited_for_the_database_too() -> None:
    clock, database = HandClock(), Away()
    tokens = KnownTokens(database, clock, lambda: None)
    first = asyncio.create_task(tokens.of_digest("any"))
    reading = await database.reads.get()
    second = asyncio.create_task(left_after_a_look(tokens, clock))
    await asyncio.sleep(0)

    clock.pass_s(3)
    reading.set_exception(StoreUnavailable("the database is away"))

    assert await second == 1
    with pytest.raises(StoreUnavailable):
        await first


async def test_a_request_that_is_cut_off_takes_no_other_along() -> None:
    database = Away()
    tokens = KnownTokens(database, HandClock(), lambda: None)
    first, second = (asyncio.create_task(tokens.of_digest("any")) for _ in range(2))
    await database.reads.get()

    first.cancel()
    reading = await database.reads.get()
    reading.set_result(("1", {}))

    assert await second is None
    with pytest.raises(asyncio.CancelledError):
        await first


async def left_after_a_look(tokens: KnownTokens, clock: HandClock) -> float:
    begin_request(clock)
    with pytest.raises(StoreUnavailable):
        await tokens.of_digest("any")
    with waiting(4) as left_s:
        return left_s


class Away:
    """A database whose reads end when the test says how."""

    def __init__(self) -> None:
        self.reads: asyncio.Queue[asyncio.Future[Any]] = asyncio.Queue()

    async def read(self, body: Callable[[Tx], Any]) -> Any:
        reading: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.reads.put_nowait(reading)
        return await reading

    query = write = read
