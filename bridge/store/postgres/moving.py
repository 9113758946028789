"""An installation in PostgreSQL, with its pictures as rows."""

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql

from bridge.errors import DataError, DataInUse
from bridge.store.advisory_locks import KEYS, MOVE
from bridge.store.database import Tx
from bridge.store.moving.side import AGAIN
from bridge.store.moving.tables import Table
from bridge.store.postgres.address import Address, address_of
from bridge.store.postgres.connection import connected
from bridge.store.postgres.migrations import migrate, migrations, schema
from bridge.store.postgres.refusal import unusable
from bridge.store.postgres.transaction import Connection, PostgresTx


class PostgresSide:
    """A database of PostgreSQL."""

    is_shared = True

    def __init__(self, connection: Connection, address: Address) -> None:
        self._connection = connection
        self._address = address

    @property
    def shown(self) -> str:
        """Its name and hosts."""
        return self._address.shown

    @property
    def reading(self) -> Tx:
        """Reads, each statement by itself."""
        return PostgresTx(self._connection)

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Begin a transaction and commit it in the end."""
        with self._connection.transaction():
            yield PostgresTx(self._connection)

    def freeze(self) -> None:
        """Do nothing: whoever has begun a move lets no bridge and no command write."""

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows, in a transaction."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
        )
        with self._connection.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def empty(self, table: Table) -> None:
        """Delete all rows, in a transaction."""
        self._connection.execute(table.deletion.encode())

    def tables_with_rowid(self) -> Set[str]:
        """Return the tables whose rowid is a column."""
        rows = self.reading.all(
            """
            SELECT table_name AS name FROM information_schema.columns
             WHERE table_schema = current_schema() AND column_name = 'rowid'
            """
        )
        return {row["name"] for row in rows}

    def numbers(self) -> Mapping[str, int]:
        """Return the last number that each sequence has given."""
        return {row["name"]: row["given"] for row in self.reading.all(_SEQUENCES) if row["given"] is not None}

    def go_on_after(self, numbers: Mapping[str, int]) -> None:
        """Give later numbers from now on than those, and than all of the rows; in a transaction."""
        for row in self.reading.all(_SEQUENCES):
            newest = self._newest(row["name"], row["field"])
            number = max(newest, numbers.get(row["name"], 0))
            if number > 0:
                self.reading.one(
                    "SELECT setval(CAST(:sequence AS regclass), :number)",
                    sequence=row["sequence"],
                    number=number,
                )

    def settle(self) -> None:
        """Count the rows for the planner."""
        self._connection.execute("ANALYZE")

    def picture(self, key: str) -> Sequence[bytes]:
        """Return a picture in pieces, none if there is no such picture."""
        rows = self.reading.all("SELECT bytes FROM uploads WHERE key = :key ORDER BY piece", key=key)
        return [row["bytes"] for row in rows]

    def keep_picture(self, key: str, pieces: Sequence[bytes], now_ms: int) -> None:
        """Insert the pieces of a picture, instead of those with that key."""
        with self.transaction() as tx:
            tx.run("DELETE FROM uploads WHERE key = :key", key=key)
            for number, piece in enumerate(pieces):
                tx.run(
                    """
                    INSERT INTO uploads (key, piece, made_ms, bytes)
                    VALUES (:key, :piece, :made_ms, :bytes)
                    """,
                    key=key,
                    piece=number,
                    made_ms=now_ms,
                    bytes=piece,
                )

    def _newest(self, table: str, column: str) -> int:
        statement = sql.SQL("SELECT max({}) AS newest FROM {}").format(
            sql.Identifier(column), sql.Identifier(table)
        )
        row = self._connection.execute(statement).fetchone()
        return (row["newest"] if row else None) or 0


@contextmanager
def postgres_side(url: str) -> Iterator[PostgresSide]:
    """Open and migrate a database; raises `DataError`, `DataInUse` while another process moves it."""
    address = address_of(url)
    try:
        with closing(connected(address)) as connection:
            migrate(connection)
            if schema(connection).number > migrations()[-1].number:
                raise DataError(
                    f"{address.shown} is of a newer version of the bridge: use that one's migrate."
                )
        with closing(connected(address)) as connection:
            _lock(connection, MOVE, f"Another migrate uses the database {address.shown}.")
            _lock(connection, KEYS, f"A keys rotate uses the database {address.shown}.")
            connection.execute("SELECT set_config('statement_timeout', '0', false)")
            yield PostgresSide(connection, address)
    except psycopg.Error as error:
        raise DataError(f"{unusable(address, error)} {AGAIN}.") from error


def _lock(connection: Connection, lock: int, refusal: str) -> None:
    row = connection.execute("SELECT pg_try_advisory_lock($1) AS is_locked", (lock,)).fetchone()
    if row is None or not row["is_locked"]:
        raise DataInUse(refusal)


_SEQUENCES: Final = """
    SELECT name, field, sequence, pg_sequence_last_value(CAST(sequence AS regclass)) AS given
      FROM (SELECT table_name AS name, column_name AS field,
                   pg_get_serial_sequence(quote_ident(table_name), column_name) AS sequence
              FROM information_schema.columns
             WHERE table_schema = current_schema()) AS fields
     WHERE sequence IS NOT NULL
"""
