"""The only writer: commits waiting transactions in groups (docs/decisions/0008)."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import aiosqlite

from bridge.grace import WRITES_S
from bridge.store.database import Conflict, StoreUnavailable, Tx
from bridge.store.sqlite.transaction import SqliteTx, in_thread, meaning_of, result_of

Value = TypeVar("Value")
Body = Callable[[Tx], Any]
Work = tuple[Body, "asyncio.Future[Any]"]
Outcome = tuple[bool, Any]

WRITES_WAITING: Final = 2_000
GROUP_SIZE: Final = 64
TRIES: Final = 5
"""How often a body is run if another process changes what it has read."""
STOPPING: Final = "the bridge is stopping"


class Writer:
    """Commits bodies in groups while `run` is running, and refuses them afterwards."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.connection = connection
        self.queue: asyncio.Queue[Work] = asyncio.Queue(WRITES_WAITING)
        self.is_closed = False

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        """Queue `body` and return its result after the commit."""
        if self.is_closed:
            raise StoreUnavailable(STOPPING)
        outcome: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        try:
            self.queue.put_nowait((body, outcome))
        except asyncio.QueueFull as error:
            raise StoreUnavailable("too many writes are waiting") from error
        return await outcome

    async def run(self) -> None:
        """Write until cancelled: waiting bodies, up to a limit, in a transaction; then refuse the rest."""
        try:
            while True:
                group = [await self.queue.get()]
                while len(group) < GROUP_SIZE and not self.queue.empty():
                    group.append(self.queue.get_nowait())
                await self._commit(group)
        finally:
            self.is_closed = True
            self._refuse_waiting()

    async def finish(self) -> None:
        """Write what is waiting, if the writer is running; refuse later bodies."""
        try:
            async with asyncio.timeout(0 if self.is_closed else WRITES_S):
                await self.queue.join()
        except TimeoutError:
            self._refuse_waiting()
        self.is_closed = True

    async def _commit(self, group: Sequence[Work]) -> None:
        """Write a group; every caller gets a result or an error, and the next group can follow."""
        outcomes: Sequence[Outcome] = [(False, StoreUnavailable(STOPPING)) for _ in group]
        try:
            bodies = [body for body, _ in group]
            outcomes = await in_thread(self.connection, lambda raw: _committed(raw, bodies))
        except ValueError as error:
            outcomes = [(False, StoreUnavailable(str(error))) for _ in group]
        finally:
            for (_, future), outcome in zip(group, outcomes, strict=True):
                _settle(future, outcome)
                self.queue.task_done()

    def _refuse_waiting(self) -> None:
        while not self.queue.empty():
            _settle(self.queue.get_nowait()[1], (False, StoreUnavailable(STOPPING)))
            self.queue.task_done()


class _TransactionOver(Exception):
    """SQLite has rolled back the whole transaction, as it does if the disk is full."""


def _settle(future: "asyncio.Future[Any]", outcome: Outcome) -> None:
    if future.done():
        return
    is_kept, value = outcome
    if is_kept:
        future.set_result(value)
    else:
        future.set_exception(value)


def _committed(connection: sqlite3.Connection, bodies: Sequence[Body]) -> Sequence[Outcome]:
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_run(connection, body) for body in bodies]
        connection.execute("COMMIT")
    except (sqlite3.Error, _TransactionOver) as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return [(False, _reason(error)) for _ in bodies]
    return outcomes


def _reason(error: Exception) -> Exception:
    return StoreUnavailable(str(error)) if isinstance(error, _TransactionOver) else meaning_of(error)


def _run(connection: sqlite3.Connection, body: Body) -> Outcome:
    """Run a body again while it raises `Conflict`, a limited number of times; then raise it."""
    for _ in range(TRIES):
        is_kept, value = outcome = _one(connection, body)
        if is_kept or not isinstance(value, Conflict):
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
        return False, meaning_of(error)
    if not connection.in_transaction:
        raise _TransactionOver("the transaction was rolled back")
    connection.execute("RELEASE body")
    return True, value
