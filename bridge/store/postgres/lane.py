"""A thread and its connection: opened when it is needed, and again when it was lost."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import psycopg
import structlog

from bridge.errors import DataError
from bridge.ports import Clock, Timer
from bridge.store.database import StoreUnavailable
from bridge.store.postgres.address import Address
from bridge.store.postgres.connection import connected, cut
from bridge.store.postgres.transaction import Connection, first_line

log = structlog.get_logger(__name__)

Value = TypeVar("Value")


class Away(StoreUnavailable):
    """The server cannot be reached now: the work was not begun."""


class Lane:
    """Runs functions one after another with a connection of its own."""

    def __init__(self, address: Address, clock: Clock, name: str) -> None:
        self._address = address
        self._clock = clock
        self._name = name
        self._is_failing = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._connecting: asyncio.Future[Connection] | None = None
        self._connection: Connection | None = None
        self._working: asyncio.Future[Any] | None = None
        self._is_closed = False

    async def use(self, work: Callable[[Connection], Value], until_ms: int) -> Value:
        """Run `work` and return its result; raises `Away` if there is no connection until then.

        If `work` takes longer, its connection is cut, and it fails as it does when the server dies: also if
        nobody waits for it any more, since the next one does.
        """
        connection = await self._connected(until_ms)
        self._working = working = self._in_thread(partial(work, connection))
        timer = self._clock.call_later(self._left_s(until_ms), partial(cut, connection))
        working.add_done_callback(partial(_end, timer))
        return await asyncio.shield(working)

    async def close(self) -> None:
        """End what runs and close the connection; one that is being opened is closed when it is there."""
        self._is_closed = True
        if self._connection is not None:
            if self._working is not None and not self._working.done():
                cut(self._connection)
            await self._in_thread(self._connection.close)
        self._thread.shutdown(wait=False)

    async def _connected(self, until_ms: int) -> Connection:
        if self._connection is not None and not self._connection.closed:
            return self._connection
        if self._connecting is None:
            self._connecting = self._in_thread(partial(connected, self._address))
            self._connecting.add_done_callback(self._keep)
        connecting = self._connecting
        await asyncio.wait({connecting}, timeout=self._left_s(until_ms))
        if not connecting.done():
            raise Away("the database does not answer")
        try:
            return connecting.result()
        except (psycopg.Error, DataError) as error:
            raise Away(f"the database cannot be reached: {first_line(error)}") from error

    def _keep(self, connecting: asyncio.Future[Connection]) -> None:
        """Keep a connection that has been opened, whether or not anybody still waits for it."""
        self._connecting = None
        if connecting.cancelled():
            return
        self._tell(connecting.exception())
        if connecting.exception() is not None:
            return
        self._connection = connecting.result()
        if self._is_closed:
            cut(self._connection)

    def _tell(self, error: BaseException | None) -> None:
        """Log that connecting fails, once until it succeeds, and that it succeeds again."""
        if isinstance(error, Exception) and not self._is_failing:
            log.warning("connection_was_not_opened", connection=self._name, reason=first_line(error))
        elif error is None and self._is_failing:
            log.info("connection_was_opened", connection=self._name)
        self._is_failing = error is not None

    def _left_s(self, until_ms: int) -> float:
        return max(0, until_ms - self._clock.monotonic_ms()) / 1000

    def _in_thread(self, function: Callable[[], Value]) -> asyncio.Future[Value]:
        return asyncio.get_running_loop().run_in_executor(self._thread, function)


def _end(timer: Timer, working: "asyncio.Future[Any]") -> None:
    """Stop the timer of a work; its error is not missed by anybody if its caller has gone."""
    timer.cancel()
    if not working.cancelled():
        working.exception()
