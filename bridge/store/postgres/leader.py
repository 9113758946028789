"""Elects the process that leads: the one whose connection has an advisory lock, which ends with it."""

import asyncio
from typing import Final

import psycopg
import structlog

from bridge.ports import Clock
from bridge.store.advisory_locks import LEADER
from bridge.store.database import StoreUnavailable
from bridge.store.leader import Work, side_by_side
from bridge.store.postgres.address import Address
from bridge.store.postgres.lane import Lane
from bridge.store.postgres.transaction import Connection

log = structlog.get_logger(__name__)

TRY_S: Final = 2.0
"""How often a process tries to lead, and makes sure that it still does."""
FROZEN_MS: Final = 10_000
"""After how long the server ends the connection of a leader that does not show itself: it is frozen."""
LIMIT_S: Final = 4.0


class AdvisoryLeader:
    """Leads while its connection has the lock.

    A leader that was frozen may do a moment's work beside the next one, until it sees that its lock is gone.
    """

    def __init__(self, address: Address, clock: Clock) -> None:
        self._lane = Lane(address, clock, "leader")
        self._clock = clock
        self._locked: Connection | None = None

    async def lead(self, *works: Work) -> None:
        """Run `works` side by side while this process leads, until cancelled."""
        try:
            while True:
                if await self._leads():
                    log.info("leads")
                    await self._work(*works)
                    log.warning("leads_no_longer")
                await self._clock.sleep(TRY_S)
        finally:
            await self._lane.close()

    async def _work(self, *works: Work) -> None:
        """Run `works` until the lock is lost."""
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(side_by_side(*works), name="led")
            while await self._leads():
                await self._clock.sleep(TRY_S)
            working.cancel()

    async def _leads(self) -> bool:
        until_ms = self._clock.monotonic_ms() + round(LIMIT_S * 1000)
        try:
            return await self._lane.use(self._has_lock, until_ms)
        except (StoreUnavailable, psycopg.Error):
            return False

    def _has_lock(self, connection: Connection) -> bool:
        """Return whether this connection has the lock, which it gets if it is free."""
        if connection is self._locked:
            connection.execute("SELECT 1")
            return True
        self._locked = None
        connection.execute("SELECT set_config('idle_session_timeout', $1, false)", (str(FROZEN_MS),))
        row = connection.execute("SELECT pg_try_advisory_lock($1) AS is_ours", (LEADER,)).fetchone()
        if row is not None and row["is_ours"]:
            self._locked = connection
        return self._locked is not None
