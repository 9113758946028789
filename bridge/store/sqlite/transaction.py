"""One transaction on an SQLite connection, and the meaning of its errors."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import aiosqlite

from bridge.store.database import AlreadyThere, Dialect, Row, StoreUnavailable, Tx

Value = TypeVar("Value")

TROUBLE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
"""Errors caused by the disk or another process (sqlite.org/rescode.html); all others are bugs."""
UNIQUENESS: Final = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
    }
)


class Abandoned(Exception):
    """The caller of a read has gone."""


class SqliteTx:
    """A transaction on one connection; `is_abandoned` is called before each statement."""

    dialect = Dialect.SQLITE

    def __init__(
        self, connection: sqlite3.Connection, is_abandoned: Callable[[], bool] | None = None
    ) -> None:
        self._connection = connection
        self._is_abandoned = is_abandoned

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
        if self._is_abandoned is not None and self._is_abandoned():
            raise Abandoned
        try:
            return self._connection.execute(sql, values)
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode in UNIQUENESS:
                raise AlreadyThere(str(error)) from error
            raise


def result_of(body: Callable[[Tx], Value], tx: SqliteTx) -> Value:
    """Run a body and return its result."""
    try:
        return body(tx)
    except StopIteration as error:
        # A future cannot hold a StopIteration: its caller would wait forever.
        raise RuntimeError("the body ran out of values") from error


def meaning_of(error: Exception) -> Exception:
    """Return `StoreUnavailable` for an error caused by the disk, any other error unchanged."""
    if isinstance(error, sqlite3.Error) and _primary_code(error) in TROUBLE:
        return StoreUnavailable(str(error))
    return error


async def in_thread(
    connection: aiosqlite.Connection, function: Callable[[sqlite3.Connection], Value]
) -> Value:
    """Run a function in the connection's thread; the only place that uses private parts of aiosqlite."""
    execute: Callable[..., Any] = connection._execute
    value: Value = await execute(lambda: function(connection._conn))
    return value


def _primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; errors of the driver itself have none."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & 0xFF
