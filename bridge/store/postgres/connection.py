"""Connections to PostgreSQL: how they are opened and set up, and how one that hangs is cut."""

import socket
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8Dumper

from bridge.errors import DataError
from bridge.store.postgres.address import Address
from bridge.store.postgres.transaction import Connection

STATEMENT_MS: Final = 4_000
"""How long a statement may take."""
LOCK_MS: Final = 3_000
"""How long a statement may wait for another transaction."""
IDLE_MS: Final = 5_000
"""How long a transaction may stay without a statement: a process that is frozen holds its locks no longer."""
PREPARED: Final = 500
"""How many statements a connection keeps prepared: more than the code has."""
POOLED: Final = (
    "The database is reached through a pooler such as PgBouncer, which gives each transaction another "
    "connection: notifications and locks need one of the bridge's own. Give the URL of PostgreSQL itself."
)

ENCODED: Final = (
    "The database has the encoding {}, in which not every prompt can be stored. Create it with UTF8: "
    "createdb --encoding UTF8 --template template0 NAME"
)


class NumberOfBool(Int8Dumper):
    """Writes a bool as 0 or 1: truths are stored as numbers."""

    def dump(self, obj: Any) -> bytes:
        """Return the number."""
        return b"1" if obj else b"0"


def connected(address: Address) -> Connection:
    """Return a new connection; raises `psycopg.Error`, and `DataError` if the bridge cannot use it."""
    connection: Connection = psycopg.Connection.connect(
        address.text,
        autocommit=True,
        prepare_threshold=1,
        row_factory=dict_row,
        cursor_factory=psycopg.RawCursor,
    )
    try:
        connection.prepared_max = PREPARED
        # Every int as bigint: a statement is prepared once, and not for each size of its numbers.
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.adapters.register_dumper(bool, NumberOfBool)
        _set_up(connection)
    except (psycopg.Error, DataError):
        connection.close()
        raise
    return connection


def cut(connection: Connection) -> None:
    """Make a statement that another thread waits for fail at once; the connection is lost."""
    with suppress(OSError, psycopg.Error):
        descriptor = socket.socket(fileno=socket.dup(connection.fileno()))
        with descriptor:
            descriptor.shutdown(socket.SHUT_RDWR)


def _set_up(connection: Connection) -> None:
    row = connection.execute(
        """
        SELECT pg_backend_pid() AS pid, current_setting('server_encoding') AS encoding,
               set_config('statement_timeout', $1, false),
               set_config('lock_timeout', $2, false),
               set_config('idle_in_transaction_session_timeout', $3, false),
               set_config('synchronous_commit', CASE
                   WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on'
                   ELSE current_setting('synchronous_commit') END, false),
               set_config('enable_seqscan', 'off', false),
               set_config('jit', 'off', false)
        """,
        (str(STATEMENT_MS), str(LOCK_MS), str(IDLE_MS)),
    ).fetchone()
    if row is None or row["pid"] != connection.info.backend_pid:
        raise DataError(POOLED)
    if row["encoding"] != "UTF8":
        raise DataError(ENCODED.format(row["encoding"]))
