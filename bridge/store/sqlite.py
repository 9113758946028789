"""SQLite behind the database port: one writer that commits in groups, one reader beside it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import aiosqlite

from bridge.errors import DataError
from bridge.store.database import AlreadyThere, Row, StoreUnavailable, Tx
from bridge.store.migrations import migrate
from bridge.store.usable import is_a_mistake, try_to_open, try_to_write

Value = TypeVar("Value")
Work = tuple[Callable[[Tx], Any], "asyncio.Future[Any]"]
Outcome = tuple[bool, Any]

BUSY_S: Final = 5.0
QUEUE_SIZE: Final = 2_000
GROUP_SIZE: Final = 64
STOPPING: Final = "the bridge is stopping"


class SqliteTx:
    """A transaction on one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, sql: str, **values: object) -> Sequence[Row]:
        """Return every row."""
        return self._executed(sql, values).fetchall()

    def one(self, sql: str, **values: object) -> Row | None:
        """Return the first row, or None."""
        return self._executed(sql, values).fetchone()

    def run(self, sql: str, **values: object) -> int:
        """Return how many rows were changed."""
        return self._executed(sql, values).rowcount

    def _executed(self, sql: str, values: dict[str, object]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, values)
        except sqlite3.IntegrityError as error:
            raise AlreadyThere(str(error)) from error


@dataclass(frozen=True, slots=True)
class SqliteDatabase:
    """The database of one bridge on one machine."""

    writer: aiosqlite.Connection
    reader: aiosqlite.Connection
    queue: "asyncio.Queue[Work]"
    closing: asyncio.Event

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        """Return what `body` returned, after the commit."""
        self._refuse_late()
        outcome: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        try:
            self.queue.put_nowait((body, outcome))
        except asyncio.QueueFull as error:
            raise StoreUnavailable("too many writes are waiting") from error
        return await outcome

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        """Return what `body` returned; all its statements see the same state."""
        self._refuse_late()
        try:
            return await _in_thread(self.reader, _reading(body))
        except sqlite3.DatabaseError as error:
            if is_a_mistake(error):
                raise
            raise StoreUnavailable(str(error)) from error

    def _refuse_late(self) -> None:
        if self.closing.is_set():
            raise StoreUnavailable(STOPPING)


@asynccontextmanager
async def sqlite_database(path: Path) -> AsyncIterator[SqliteDatabase]:
    """Open the database at `path`, brought up to date; raises `DataError` when it cannot be used."""
    await asyncio.to_thread(try_to_open, path)
    async with _connected(path, "") as writer:
        await _prepare(writer, path)
        async with _connected(path, "PRAGMA query_only = ON") as reader:
            database = SqliteDatabase(writer, reader, asyncio.Queue(QUEUE_SIZE), asyncio.Event())
            committing = asyncio.create_task(_commit_groups(database), name="store-writer")
            try:
                yield database
            finally:
                await _finish(database, committing)


async def _prepare(writer: aiosqlite.Connection, path: Path) -> None:
    try:
        await _in_thread(writer, migrate)
        await _in_thread(writer, try_to_write)
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


async def _finish(database: SqliteDatabase, committing: "asyncio.Task[None]") -> None:
    """Let what waits be written, then stop; what comes later is refused."""
    try:
        async with asyncio.timeout(BUSY_S):
            await database.queue.join()
    except TimeoutError:
        _refuse_waiting(database.queue)
    database.closing.set()
    committing.cancel()
    await asyncio.wait({committing})


def _refuse_waiting(queue: "asyncio.Queue[Work]") -> None:
    while not queue.empty():
        _settle(queue.get_nowait()[1], (False, StoreUnavailable(STOPPING)))


async def _commit_groups(database: SqliteDatabase) -> None:
    """Write for ever: all that waits, up to a limit, in one transaction; at its end nobody waits in vain."""
    try:
        while True:
            group = [await database.queue.get()]
            while len(group) < GROUP_SIZE and not database.queue.empty():
                group.append(database.queue.get_nowait())
            await _commit_group(database, group)
    finally:
        database.closing.set()
        _refuse_waiting(database.queue)


async def _commit_group(database: SqliteDatabase, group: list[Work]) -> None:
    """Write a group; whatever happens, every caller is answered and the next group has its turn."""
    outcomes: list[Outcome] = [(False, StoreUnavailable(STOPPING)) for _ in group]
    try:
        outcomes = await _in_thread(database.writer, _committing([body for body, _ in group]))
    except (sqlite3.Error, ValueError) as error:
        outcomes = [(False, StoreUnavailable(str(error))) for _ in group]
    finally:
        for (_, future), outcome in zip(group, outcomes, strict=True):
            _settle(future, outcome)
            database.queue.task_done()


def _settle(future: "asyncio.Future[Any]", outcome: Outcome) -> None:
    if future.done():
        return
    is_kept, value = outcome
    if is_kept:
        future.set_result(value)
    else:
        future.set_exception(value)


def _committing(bodies: list[Callable[[Tx], Any]]) -> Callable[[sqlite3.Connection], list[Outcome]]:
    def commit(connection: sqlite3.Connection) -> list[Outcome]:
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [_one(connection, body) for body in bodies]
            connection.execute("COMMIT")
        except (sqlite3.Error, _TransactionOver) as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return [(False, StoreUnavailable(str(error))) for _ in bodies]
        return outcomes

    return commit


class _TransactionOver(Exception):
    """SQLite rolled the whole transaction back by itself, as it does when the disk is full."""


def _one(connection: sqlite3.Connection, body: Callable[[Tx], Any]) -> Outcome:
    connection.execute("SAVEPOINT body")
    try:
        value = _run(body, connection)
    except Exception as error:
        if not connection.in_transaction:
            raise _TransactionOver(str(error)) from error
        connection.execute("ROLLBACK TO body")
        connection.execute("RELEASE body")
        is_trouble = isinstance(error, sqlite3.DatabaseError) and not is_a_mistake(error)
        return False, StoreUnavailable(str(error)) if is_trouble else error
    connection.execute("RELEASE body")
    return True, value


def _reading(body: Callable[[Tx], Value]) -> Callable[[sqlite3.Connection], Value]:
    def read(connection: sqlite3.Connection) -> Value:
        connection.execute("BEGIN")
        try:
            return _run(body, connection)
        finally:
            connection.execute("ROLLBACK")

    return read


def _run(body: Callable[[Tx], Value], connection: sqlite3.Connection) -> Value:
    try:
        return body(SqliteTx(connection))
    except StopIteration as error:
        # A future cannot carry it: whoever waits would wait for ever.
        raise RuntimeError("the body ran out of values") from error


async def _in_thread(
    connection: aiosqlite.Connection, function: Callable[[sqlite3.Connection], Value]
) -> Value:
    """Run a function in the connection's own thread: the one place that uses what aiosqlite keeps private."""
    execute: Callable[..., Any] = connection._execute
    value: Value = await execute(lambda: function(connection._conn))
    return value
