"""A bridge that is started on a database that is too busy tries again for a while."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bridge.app.starting import when_usable
from bridge.errors import DataError
from bridge.store.database import StoreUnavailable
from tests.tools.hand_clock import HandClock


class BusyDatabase:
    """Refuses a few times, then answers."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    async def read(self) -> str:
        self.refusals -= 1
        if self.refusals >= 0:
            raise StoreUnavailable("the database is away, or too busy")
        return "read"


async def started(database: BusyDatabase, patience_s: float) -> str:
    clock = HandClock()
    starting = asyncio.create_task(when_usable(database.read, clock, patience_s))
    while not starting.done():
        clock.pass_s(1)
        await asyncio.sleep(0)
    return await starting


async def test_a_start_tries_again_while_the_database_is_too_busy_and_says_so_once() -> None:
    with capture_logs() as lines:
        found = await started(BusyDatabase(5), patience_s=30)

    assert found == "read"
    assert [line["event"] for line in lines] == ["database_is_too_busy"]


async def test_a_start_on_a_database_that_stays_too_busy_ends() -> None:
    with pytest.raises(DataError, match="cannot be used: the database is away, or too busy"):
        await started(BusyDatabase(1_000), patience_s=30)
