"""Tries whether a PostgreSQL database can be reached and used, without changing it."""

import psycopg

from bridge.store.postgres.address import Address
from bridge.store.postgres.connection import connected
from bridge.store.postgres.refusal import unusable


def connect_once(address: Address) -> None:
    """Connect and leave again; raises `DataError` with what to do."""
    try:
        connection = connected(address)
    except psycopg.Error as error:
        raise unusable(address, error) from error
    connection.close()
