"""Locks on PostgreSQL that are held for longer than a transaction: by a connection, and gone with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from bridge.errors import DataInUse
from bridge.store.advisory_locks import KEYS
from bridge.store.postgres.address import address_of
from bridge.store.postgres.connection import connected
from bridge.store.postgres.refusal import unusable
from bridge.store.postgres.transaction import Connection


@asynccontextmanager
async def locked_keys(url: str) -> AsyncIterator[None]:
    """Lock the secret keys of a database; raises `DataInUse` while another rotation runs, and `DataError`."""
    address = address_of(url)
    try:
        connection = await asyncio.to_thread(connected, address)
    except psycopg.Error as error:
        raise unusable(address, error) from error
    try:
        if not await asyncio.to_thread(_is_locked_now, connection):
            raise DataInUse(f"Another keys rotate uses the keys of the database {address.shown}.")
        yield
    finally:
        await asyncio.to_thread(connection.close)


def _is_locked_now(connection: Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock($1) AS is_locked", (KEYS,)).fetchone()
    return row is not None and bool(row["is_locked"])
