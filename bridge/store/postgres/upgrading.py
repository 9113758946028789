"""Brings the schema up to date while other bridges run: a file that they are in the way of is tried again."""

import asyncio
import re
from collections.abc import Collection, Sequence
from typing import Final

import psycopg
import structlog
from psycopg import errors

from bridge.errors import DataError
from bridge.leases.term import Heartbeats
from bridge.ports import Clock
from bridge.store.database import TOO_BUSY_S
from bridge.store.postgres.address import Address
from bridge.store.postgres.connection import connected
from bridge.store.postgres.migrations import Migration, OlderBridges, SchemaIsOld, migrate
from bridge.store.postgres.refusal import unusable
from bridge.store.postgres.transaction import first_line

log = structlog.get_logger(__name__)

BUSY_S: Final = 60.0
"""For how long a file is tried again: longer than it takes to know that a machine is dead."""
PAUSE_S: Final = 1.0
"""How long the others have for their work between two tries."""
TOO_BUSY: Final = re.compile("timeout|starting up")
"""What the server or libpq says if a database that is busy, or is being started, may soon be usable."""
IN_THE_WAY: Final = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)


async def upgrade(address: Address, clock: Clock, patience_s: float = 0) -> Sequence[Migration]:
    """Bring the schema up to date and return the files that were run; raises `DataError`.

    `patience_s`: how long to wait for the owner to do it if the role of the address may not. A database that
    is too busy is waited for as well, but not as long.
    """
    began_ms = clock.monotonic_ms()
    heartbeats, dead = Heartbeats(), set[str]()
    told = ""
    while True:
        passed_s = (clock.monotonic_ms() - began_ms) / 1000
        try:
            return await asyncio.to_thread(_migrated, address, frozenset(dead))
        except SchemaIsOld as error:
            if passed_s >= patience_s:
                raise
            reason = str(error)
        except OlderBridges as error:
            if passed_s >= BUSY_S:
                raise
            heartbeats.see(error.seen, clock.boottime_ms())
            dead.update(heartbeats.silent(clock.boottime_ms()))
            reason = str(error)
        except IN_THE_WAY as error:
            if passed_s >= BUSY_S:
                raise DataError(_busy(address, error)) from error
            reason = first_line(error)
        except psycopg.Error as error:
            reason = _too_busy(address, error, min(patience_s, TOO_BUSY_S) - passed_s)
        if reason != told:
            log.warning(
                "database_is_too_busy" if TOO_BUSY.search(reason) else "schema_is_not_migrated_yet",
                reason=reason,
            )
        told = reason
        await clock.sleep(PAUSE_S)


def _migrated(address: Address, dead: Collection[str]) -> Sequence[Migration]:
    connection = connected(address)
    try:
        return migrate(connection, dead)
    finally:
        connection.close()


def _too_busy(address: Address, error: psycopg.Error, left_s: float) -> str:
    """Return that the database is too busy; raises `DataError` if it is something else, or for too long."""
    if left_s <= 0 or not TOO_BUSY.search(str(error)):
        raise unusable(address, error) from error
    return first_line(error)


def _busy(address: Address, error: psycopg.Error) -> str:
    return (
        f"The schema of the database {address.shown} was not changed, because others always used the tables: "
        f"{first_line(error)}. Nothing is half done; start again when less goes on."
    )
