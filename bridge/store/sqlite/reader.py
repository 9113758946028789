"""Reads on a separate connection, with a bounded queue; a read whose caller has gone is interrupted."""

import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import aiosqlite

from bridge.store.database import StoreUnavailable, Tx
from bridge.store.sqlite.transaction import Abandoned, SqliteTx, in_thread, meaning_of, result_of

Value = TypeVar("Value")

READS_WAITING: Final = 2_000
STEPS: Final = 10_000
"""After how many steps of SQLite's virtual machine a statement checks whether its caller still waits."""


class Caller:
    """The caller of a read."""

    def __init__(self) -> None:
        self.has_left = False


class Reader:
    """Runs reads one after another, in its connection's thread."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._places = threading.BoundedSemaphore(READS_WAITING)
        self._served = Caller()

    async def start(self) -> None:
        """Install the check that interrupts a long statement if its caller has gone."""
        await in_thread(self._connection, lambda raw: raw.set_progress_handler(self._is_abandoned, STEPS))

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` and return its result; raises `StoreUnavailable` if too many are waiting."""
        if not self._places.acquire(blocking=False):
            raise StoreUnavailable("too many reads are waiting")
        caller = Caller()
        try:
            return await in_thread(self._connection, partial(self._run, body, caller))
        except sqlite3.Error as error:
            raise meaning_of(error) from error
        finally:
            caller.has_left = True

    def _run(self, body: Callable[[Tx], Value], caller: Caller, connection: sqlite3.Connection) -> Value:
        self._served = caller
        try:
            return self._one_state(body, connection)
        finally:
            self._places.release()

    def _one_state(self, body: Callable[[Tx], Value], connection: sqlite3.Connection) -> Value:
        if self._is_abandoned():
            raise Abandoned
        connection.execute("BEGIN")
        try:
            return result_of(body, SqliteTx(connection, self._is_abandoned))
        finally:
            connection.execute("ROLLBACK")

    def _is_abandoned(self) -> bool:
        return self._served.has_left
