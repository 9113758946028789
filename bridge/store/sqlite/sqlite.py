"""The database port on SQLite: one writer that commits in groups, and two readers.

The API has its own reader, so that its queries never delay the reads of sending and intake.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import aiosqlite

from bridge.errors import DataError
from bridge.metrics.store import StoreMetrics
from bridge.store.database import StoreUnavailable, Tx
from bridge.store.group_writer import STOPPING, writing
from bridge.store.sqlite.migrations import migrate
from bridge.store.sqlite.reader import Reader
from bridge.store.sqlite.transaction import in_thread
from bridge.store.sqlite.usable import try_to_open, try_to_write
from bridge.store.sqlite.writer import Writer

Value = TypeVar("Value")

BUSY_S: Final = 5.0
QUERY_S: Final = 5.0
"""How long a read of the API may take, including its wait, in real time."""
READ_ONLY: Final = "PRAGMA query_only = ON"


@dataclass(frozen=True, slots=True)
class SqliteDatabase:
    """The database of one bridge on one machine."""

    writer: Writer
    inside: Reader
    outside: Reader

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` and return its result after the commit."""
        return await self.writer.write(body)

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` read-only and return its result; all its statements see the same state."""
        self._refuse_late()
        return await self.inside.read(body)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` like `read`, for at most `QUERY_S` seconds."""
        self._refuse_late()
        try:
            async with asyncio.timeout(QUERY_S):
                return await self.outside.read(body)
        except TimeoutError as error:
            raise StoreUnavailable("a read took too long") from error

    def _refuse_late(self) -> None:
        if self.writer.is_closed:
            raise StoreUnavailable(STOPPING)


@asynccontextmanager
async def sqlite_database(path: Path, metrics: StoreMetrics | None = None) -> AsyncIterator[SqliteDatabase]:
    """Open and migrate the database at `path`; raises `DataError` if it cannot be used.

    If the writer dies, the context is cancelled and the writer's error is raised.
    """
    await asyncio.to_thread(try_to_open, path)
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(_connected(path, ""))
        await _prepare(connection, path)
        inside, outside = [
            await _started(await stack.enter_async_context(_connected(path, READ_ONLY))) for _ in range(2)
        ]
        database = SqliteDatabase(Writer(connection, metrics), inside, outside)
        await stack.enter_async_context(writing(database.writer))
        yield database


async def _started(connection: aiosqlite.Connection) -> Reader:
    reader = Reader(connection)
    await reader.start()
    return reader


async def _prepare(writer: aiosqlite.Connection, path: Path) -> None:
    try:
        await in_thread(writer, migrate)
        await in_thread(writer, try_to_write)
    except sqlite3.Error as error:
        raise DataError(f"The database {path} cannot be used: {error}.") from error


@asynccontextmanager
async def _connected(path: Path, pragma: str) -> AsyncIterator[aiosqlite.Connection]:
    try:
        connection = await aiosqlite.connect(path, isolation_level=None, timeout=BUSY_S)
    except sqlite3.Error as error:
        raise DataError(f"The database {path} cannot be opened: {error}.") from error
    try:
        connection.row_factory = sqlite3.Row
        await _set_up(connection, path, pragma)
        yield connection
    finally:
        await connection.close()


async def _set_up(connection: aiosqlite.Connection, path: Path, pragma: str) -> None:
    try:
        for line in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
            pragma,
        ):
            await connection.execute(line)
    except sqlite3.Error as error:
        raise DataError(f"The database {path} cannot be used: {error}.") from error
