"""A consistent copy of an SQLite file, made while a bridge writes to it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from bridge.errors import DataError
from bridge.store.backup.archive import SQLITE, Tell
from bridge.store.backup.contents import Contents, media_of
from bridge.store.database import Tx
from bridge.store.files.uploads import needed_keys
from bridge.store.rows import restored
from bridge.store.sqlite.migrations import secret_keys_of
from bridge.store.sqlite.transaction import SqliteTx

PAGES: Final = 1_024
"""So many pages are copied at a time."""
BUSY_S: Final = 30.0


def copy(path: Path, to: Path, tell: Tell) -> None:
    """Copy a database as it is at one moment; raises `DataError`.

    One read transaction is open all the time: the writer of a bridge goes on, and the copy, which is made in
    steps, does not begin anew whenever something was written.
    """
    try:
        with (
            closing(_connected(path)) as source,
            closing(sqlite3.connect(to, isolation_level=None)) as target,
        ):
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            source.backup(
                target, pages=PAGES, progress=lambda _, left, total: tell(SQLITE, total - left, total)
            )
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise DataError(f"The database {path} cannot be copied: {error}.") from error


def contents_of(path: Path) -> Contents:
    """Return what a copy contains; raises `DataError` if it is damaged, or no database of a bridge."""
    with _reading(path) as (connection, tx):
        _refuse_damage(connection, path)
        schema: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return Contents(
            schema=schema,
            keys=sorted(secret_keys_of(path) or ()),
            uploads=list(dict.fromkeys(needed_keys(tx))),
            media=_media(tx),
        )


def mark(path: Path, taken_ms: int) -> None:
    """Note in a copy that it is restored from a backup, and of which time that is."""
    with closing(_connected(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        restored.mark(SqliteTx(connection), taken_ms)
        connection.execute("COMMIT")


def _media(tx: Tx) -> Sequence[str]:
    """Return the names of the mirrored videos; earlier schemas have none."""
    return media_of(tx) if tx.one("SELECT 1 FROM sqlite_schema WHERE name = 'media'") else []


@contextmanager
def _reading(path: Path) -> Iterator[tuple[sqlite3.Connection, Tx]]:
    try:
        with closing(_connected(path)) as connection:
            yield connection, SqliteTx(connection)
    except sqlite3.Error as error:
        raise DataError(f"{path.name} is damaged, or not a database of the bridge: {error}.") from error


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=BUSY_S
    )
    connection.row_factory = sqlite3.Row
    return connection


def _refuse_damage(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `DataError` if SQLite finds anything wrong."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(10)")]
    if found != ["ok"]:
        raise DataError(f"{path.name} is damaged: {'; '.join(found)}.")
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise DataError(f"{path.name} is damaged: it has rows that refer to rows that are not there.")
