"""Reads on connections of their own, with a bounded queue; a read whose caller has gone is not continued."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeVar

import psycopg

from bridge.ports import Clock
from bridge.store.database import StoreUnavailable, Tx
from bridge.store.postgres.lane import Away, Lane
from bridge.store.postgres.transaction import (
    Abandoned,
    Connection,
    PostgresTx,
    can_be_run_again,
    meaning_of,
    result_of,
)

Value = TypeVar("Value")

READS_WAITING: Final = 2_000
PAUSE_S: Final = 0.1
BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class _Lost(Exception):
    """The connection was lost, or another transaction was in the way: the read can be done again."""


class Caller:
    """The caller of a read."""

    def __init__(self) -> None:
        self.has_left = False


class Reader:
    """Runs reads side by side, as many as there are lanes."""

    def __init__(self, lanes: Sequence[Lane], clock: Clock) -> None:
        self._clock = clock
        self._waiting = 0
        self._free: asyncio.Queue[Lane] = asyncio.Queue(len(lanes))
        for lane in lanes:
            self._free.put_nowait(lane)

    async def read(self, body: Callable[[Tx], Value], limit_s: float) -> Value:
        """Run `body` and return its result; raises `StoreUnavailable` after `limit_s` seconds."""
        if self._waiting >= READS_WAITING:
            raise StoreUnavailable("too many reads are waiting")
        caller = Caller()
        self._waiting += 1
        try:
            async with asyncio.timeout(limit_s):
                return await self._done(body, caller, self._clock.monotonic_ms() + round(limit_s * 1000))
        except TimeoutError as error:
            raise StoreUnavailable("the database is away, or a read took too long") from error
        finally:
            self._waiting -= 1
            caller.has_left = True

    async def _done(self, body: Callable[[Tx], Value], caller: Caller, until_ms: int) -> Value:
        """Run `body`, on another lane if one has no connection: the server may give no more of them."""
        work = partial(_run, body=body, caller=caller)
        while True:
            lane = await self._free.get()
            try:
                return await lane.use(work, until_ms)
            except _Lost:
                continue
            except Away:
                if self._clock.monotonic_ms() >= until_ms:
                    raise
            finally:
                self._free.put_nowait(lane)
            await self._clock.sleep(PAUSE_S)


def _run(connection: Connection, body: Callable[[Tx], Value], caller: Caller) -> Value:
    if caller.has_left:
        raise Abandoned
    tx = PostgresTx(connection, lambda: caller.has_left)
    try:
        connection.execute(BEGIN)
        return result_of(body, tx)
    except psycopg.Error as error:
        if connection.closed or can_be_run_again(error):
            raise _Lost from error
        raise meaning_of(error) from error
    finally:
        _end(connection)


def _end(connection: Connection) -> None:
    """End the transaction; a connection on which that fails is lost."""
    try:
        if not connection.closed:
            connection.execute("ROLLBACK")
    except psycopg.Error:
        connection.close()
