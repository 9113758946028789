"""The database port on PostgreSQL: one writer that commits in groups, and readers.

The API has readers of its own, so that its queries never delay the reads of sending and intake.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import Final, TypeVar

from bridge.metrics.store import StoreMetrics
from bridge.ports import Clock
from bridge.store.database import StoreUnavailable, Tx
from bridge.store.group_writer import STOPPING, writing
from bridge.store.patience import waiting
from bridge.store.postgres.address import Address, address_of
from bridge.store.postgres.lane import Lane
from bridge.store.postgres.reader import Reader
from bridge.store.postgres.upgrading import upgrade
from bridge.store.postgres.writer import Writer

Value = TypeVar("Value")

INSIDE: Final = 2
"""How many connections read for the bridge itself."""
OUTSIDE: Final = 3
"""How many connections read for the API."""
READ_S: Final = 4.0
QUERY_S: Final = 4.0
"""How long a read may take, including its wait, in real time."""


@dataclass(frozen=True, slots=True)
class PostgresDatabase:
    """A database that several bridges can share."""

    writer: Writer
    inside: Reader
    outside: Reader

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` and return its result after the commit."""
        return await self.writer.write(body)

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` read-only and return its result; all its statements see the same state."""
        self._refuse_late()
        with waiting(READ_S) as left_s:
            return await self.inside.read(body, left_s)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` like `read`, on connections of the API."""
        self._refuse_late()
        with waiting(QUERY_S) as left_s:
            return await self.outside.read(body, left_s)

    def _refuse_late(self) -> None:
        if self.writer.is_closed:
            raise StoreUnavailable(STOPPING)


@asynccontextmanager
async def postgres_database(
    url: str, clock: Clock, patience_s: float = 0, metrics: StoreMetrics | None = None
) -> AsyncIterator[PostgresDatabase]:
    """Open and migrate the database at a URL; raises `DataError` if it cannot be used.

    `patience_s`: how long to wait for the owner to migrate it if the role of the URL may not.
    If the writer dies, the context is cancelled and the writer's error is raised.
    """
    address = address_of(url)
    await upgrade(address, clock, patience_s)
    async with _connections(address, clock, "store", INSIDE, OUTSIDE, metrics) as database:
        yield database


@asynccontextmanager
async def own_connections(url: str, clock: Clock) -> AsyncIterator[PostgresDatabase]:
    """Open more connections to a database that is open: they wait for nothing that the others do."""
    async with _connections(address_of(url), clock, "lease", 1, 1) as database:
        yield database


@asynccontextmanager
async def _connections(
    address: Address,
    clock: Clock,
    name: str,
    inside: int,
    outside: int,
    metrics: StoreMetrics | None = None,
) -> AsyncIterator[PostgresDatabase]:
    """Use one connection that writes and so many that read; each is opened when it is first needed."""
    write, *read = [Lane(address, clock, f"{name}-{number}") for number in range(1 + inside + outside)]
    writer = Writer(write, clock, token_hex(8), metrics)
    database = PostgresDatabase(writer, Reader(read[:inside], clock), Reader(read[inside:], clock))
    try:
        async with writing(database.writer):
            yield database
    finally:
        for lane in (write, *read):
            await lane.close()
