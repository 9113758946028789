"""An installation in an SQLite file: locked as by a bridge, with its pictures as files beside it."""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from bridge.errors import DataError
from bridge.store.database import Tx
from bridge.store.files.uploads import uploads_in
from bridge.store.moving.side import AGAIN
from bridge.store.moving.tables import Table
from bridge.store.sqlite.lock import data_directory, database_file, key_rotation
from bridge.store.sqlite.migrations import migrate
from bridge.store.sqlite.transaction import SqliteTx
from bridge.store.sqlite.usable import try_to_open

BUSY_S: Final = 5.0
PIECE_BYTES: Final = 1_048_576


class SqliteSide:
    """An SQLite file and the uploads of its data directory."""

    is_shared = False

    def __init__(self, connection: sqlite3.Connection, path: Path, uploads: Path) -> None:
        self._connection = connection
        self._path = path
        self._uploads = uploads

    @property
    def shown(self) -> str:
        """Its path."""
        return str(self._path.resolve())

    @property
    def reading(self) -> Tx:
        """Reads, also in the transaction that `freeze` has begun."""
        return SqliteTx(self._connection)

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Begin a transaction, or go on with that of `freeze`, and commit it in the end."""
        if not self._connection.in_transaction:
            self.freeze()
        try:
            yield SqliteTx(self._connection)
            self._connection.commit()
        finally:
            self._connection.rollback()

    def freeze(self) -> None:
        """Let nobody else write until the next transaction ends."""
        self._connection.execute("BEGIN IMMEDIATE")

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows, in a transaction."""
        values = ", ".join("?" for _ in table.columns)
        statement = f'INSERT INTO "{table.name}" ({table.listed}) VALUES ({values})'  # noqa: S608
        self._connection.executemany(statement, rows)

    def empty(self, table: Table) -> None:
        """Delete all rows, in a transaction."""
        self._connection.execute(table.deletion)

    def tables_with_rowid(self) -> Set[str]:
        """Return none: it is no column here."""
        return frozenset()

    def numbers(self) -> Mapping[str, int]:
        """Return the last number of each table that never gives one twice."""
        return {
            row["name"]: row["seq"]
            for row in self._connection.execute("SELECT name, seq FROM sqlite_sequence")
        }

    def go_on_after(self, numbers: Mapping[str, int]) -> None:
        """Give later numbers from now on; the rows have set theirs already."""
        for name in self._counting() & set(numbers):
            values = {"name": name, "number": numbers[name]}
            changed = self._connection.execute(
                "UPDATE sqlite_sequence SET seq = max(seq, :number) WHERE name = :name", values
            )
            if not changed.rowcount:
                self._connection.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)", values
                )

    def settle(self) -> None:
        """Do nothing: the statistics are those of the schema."""

    def picture(self, key: str) -> Sequence[bytes]:
        """Return a picture in pieces, none if there is no such file."""
        path = self._uploads / key
        if not path.is_file():
            return []
        with path.open("rb") as file:
            return list(iter(lambda: file.read(PIECE_BYTES), b""))

    def keep_picture(self, key: str, pieces: Sequence[bytes], now_ms: int) -> None:  # noqa: ARG002
        """Write a picture's file: whole and synced, or not at all."""
        draft = self._uploads / f"{key}.new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._uploads / key)
        folder = os.open(self._uploads, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _counting(self) -> set[str]:
        rows = self._connection.execute("SELECT name FROM sqlite_schema WHERE sql LIKE '%AUTOINCREMENT%'")
        return {row["name"] for row in rows}


@contextmanager
def sqlite_side(path: Path, data_dir: Path) -> Iterator[SqliteSide]:
    """Lock, open and migrate a file, which is made if it is missing; raises `DataError`.

    That is `DataInUse` while a bridge runs.
    """
    with data_directory(data_dir), database_file(path), key_rotation(path):
        try_to_open(path)
        try:
            with closing(sqlite3.connect(path, isolation_level=None, timeout=BUSY_S)) as connection:
                _set_up(connection)
                yield SqliteSide(connection, path, uploads_in(data_dir).directory)
        except (sqlite3.Error, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            raise DataError(f"The database {path} cannot be used: {reason or error}. {AGAIN}.") from error


def _set_up(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    migrate(connection)
