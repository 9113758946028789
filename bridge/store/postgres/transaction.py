"""One transaction on a PostgreSQL connection, and the meaning of its errors."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import psycopg
from psycopg import errors

from bridge.store.database import AlreadyThere, Dialect, Row, StoreUnavailable, Tx
from bridge.store.postgres.statements import prepared

Value = TypeVar("Value")
Connection: TypeAlias = psycopg.Connection[dict[str, Any]]

COLLISIONS: Final = (errors.SerializationFailure, errors.DeadlockDetected)
"""Another transaction was in the way; the same bodies can be run again."""
STALE_PLAN: Final = "cached plan must not change result type"
"""A newer bridge has added a column: the statements of this connection must be prepared again."""
TROUBLE: Final = (
    psycopg.OperationalError,
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
    errors.InsufficientPrivilege,
    errors.UndefinedTable,
)
"""Errors caused by the server, its operators, its disk or the network; all others but two kinds are bugs.

Operators take rights away, and create a database anew while bridges run on it."""
INTERNAL: Final = "XX"
"""The class of what the server says of damaged files and of its own bugs."""
MOVING: Final = "moving"
"""The constraint of `rows/moves.py`: nobody can commit while the database is being moved, nor afterwards."""


class Abandoned(Exception):
    """The caller of a read has gone."""


class PostgresTx:
    """A transaction on one connection; `is_abandoned` is called before each statement.

    After an error of the database, PostgreSQL refuses everything but the end of the transaction: `failure` is
    that error, whatever the body makes of it.
    """

    dialect = Dialect.POSTGRES

    def __init__(self, connection: Connection, is_abandoned: Callable[[], bool] | None = None) -> None:
        self.failure: psycopg.Error | None = None
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

    def _executed(self, sql: str, values: dict[str, object]) -> psycopg.Cursor[dict[str, Any]]:
        if self._is_abandoned is not None and self._is_abandoned():
            raise Abandoned
        statement = prepared(sql)
        try:
            return self._connection.execute(statement.text, statement.values(values))
        except errors.UniqueViolation as error:
            self.failure = self.failure or error
            raise AlreadyThere(first_line(error)) from error
        except psycopg.Error as error:
            self.failure = self.failure or error
            raise


def result_of(body: Callable[[Tx], Value], tx: PostgresTx) -> Value:
    """Run a body and return its result."""
    try:
        return body(tx)
    except StopIteration as error:
        # A future cannot hold a StopIteration: its caller would wait forever.
        raise RuntimeError("the body ran out of values") from error


def meaning_of(error: Exception) -> Exception:
    """Return `StoreUnavailable` for an error caused by the server, any other error unchanged."""
    if isinstance(error, errors.CheckViolation) and error.diag.constraint_name == MOVING:
        return StoreUnavailable("the database is being moved to another one, or was")
    is_internal = isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith(INTERNAL)
    is_trouble = is_internal or isinstance(error, TROUBLE)
    return StoreUnavailable(first_line(error)) if is_trouble else error


def can_be_run_again(error: BaseException | None) -> bool:
    """Return whether the same bodies may succeed in another transaction of this connection or another."""
    is_stale = isinstance(error, errors.FeatureNotSupported) and STALE_PLAN in str(error)
    return is_stale or isinstance(error, COLLISIONS)


def first_line(error: Exception) -> str:
    """Return what the server said, without its position in the statement."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].removesuffix(".")
