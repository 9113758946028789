"""Commits groups on SQLite, each body in a savepoint."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeVar

import aiosqlite

from bridge.metrics.store import StoreMetrics
from bridge.store.database import Conflict, StoreUnavailable, Tx
from bridge.store.group_writer import TRIES, Body, GroupWriter, Outcome, Work
from bridge.store.sqlite.transaction import SqliteTx, in_thread, meaning_of, result_of

Value = TypeVar("Value")


class Writer(GroupWriter):
    """Commits groups on a connection."""

    def __init__(self, connection: aiosqlite.Connection, metrics: StoreMetrics | None = None) -> None:
        super().__init__(metrics)
        self.connection = connection

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        """Queue `body` and return its result after the commit."""
        return await self.put(body)

    async def commit(self, group: Sequence[Work]) -> None:
        """Write a group in one transaction, and tell each its outcome."""
        bodies = [work.body for work in group]
        try:
            outcomes = await in_thread(self.connection, lambda raw: _committed(raw, bodies))
        except ValueError as error:
            outcomes = [Outcome(error=StoreUnavailable(str(error))) for _ in group]
        for work, outcome in zip(group, outcomes, strict=True):
            work.tell(outcome)


class _TransactionOver(Exception):
    """SQLite has rolled back the whole transaction, as it does if the disk is full."""


def _committed(connection: sqlite3.Connection, bodies: Sequence[Body]) -> Sequence[Outcome]:
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_run(connection, body) for body in bodies]
        connection.execute("COMMIT")
    except (sqlite3.Error, _TransactionOver) as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return [Outcome(error=_reason(error)) for _ in bodies]
    return outcomes


def _reason(error: Exception) -> Exception:
    return StoreUnavailable(str(error)) if isinstance(error, _TransactionOver) else meaning_of(error)


def _run(connection: sqlite3.Connection, body: Body) -> Outcome:
    """Run a body again while it raises `Conflict`, a limited number of times; then raise it."""
    for _ in range(TRIES):
        outcome = _one(connection, body)
        if not isinstance(outcome.error, Conflict):
            break
    return outcome


def _one(connection: sqlite3.Connection, body: Body) -> Outcome:
    """Run a body in a savepoint; raise if it caught an error that ended the transaction."""
    connection.execute("SAVEPOINT body")
    try:
        value = result_of(body, SqliteTx(connection))
    except Exception as error:
        if not connection.in_transaction:
            raise _TransactionOver(str(error)) from error
        connection.execute("ROLLBACK TO body")
        connection.execute("RELEASE body")
        return Outcome(error=meaning_of(error))
    if not connection.in_transaction:
        raise _TransactionOver("the transaction was rolled back")
    connection.execute("RELEASE body")
    return Outcome(value)
