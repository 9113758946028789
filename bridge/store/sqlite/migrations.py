"""Migrations of the schema: numbered SQL files."""

import sqlite3
from collections.abc import Set
from contextlib import closing
from importlib import metadata, resources
from pathlib import Path
from typing import Final

import structlog

from bridge.clock import SystemClock
from bridge.errors import DataError
from bridge.store.rows import schema_runs
from bridge.store.rows.schema_runs import SchemaRun
from bridge.store.sqlite.transaction import SqliteTx

log = structlog.get_logger(__name__)

VERSION: Final = metadata.version("pixverse-bridge")


def migrate(connection: sqlite3.Connection) -> None:
    """Run the missing files of `schema/NNNN_*.sql`, each in its own transaction, and log them.

    Raises `DataError` if the database is from a newer version.
    """
    done: int = connection.execute("PRAGMA user_version").fetchone()[0]
    files = _files()
    _refuse_newer(connection, done)
    for number, (name, text) in enumerate(files[done:], done + 1):
        took_ms = _run(connection, number, text)
        if done:
            log.info("schema_migrated", file=name, took_ms=took_ms)


def _run(connection: sqlite3.Connection, number: int, text: str) -> int:
    """Run a file, store that it was run, and return how long that took."""
    clock = SystemClock()
    began_ms = clock.monotonic_ms()
    connection.executescript(f"BEGIN IMMEDIATE;\n{text}\nPRAGMA user_version = {number};")
    took_ms = clock.monotonic_ms() - began_ms
    if number >= schema_runs.FIRST:
        schema_runs.add(SqliteTx(connection), SchemaRun(number, VERSION, clock.now_ms(), took_ms))
    connection.execute("COMMIT")
    return took_ms


def _refuse_newer(connection: sqlite3.Connection, done: int) -> None:
    if done > newest():
        raise DataError(
            f"The database was made by a newer version of the bridge (schema {done}, not {newest()}): use "
            f"{_made_by(connection)}."
        )


def _made_by(connection: sqlite3.Connection) -> str:
    """Return the version that has made a newer schema; one that had no table for it is not known."""
    connection.row_factory = sqlite3.Row
    try:
        found = schema_runs.newest_version(SqliteTx(connection))
    except sqlite3.Error:
        found = None
    return f"version {found}, or a newer one" if found else "the version that has made it, or a newer one"


def newest() -> int:
    """Return the number of the newest schema that this code knows; PostgreSQL has the same numbers."""
    return len(_files())


def refuse_unusable(path: Path) -> None:
    """Raise `DataError` if the file at `path` is no database, or one of a newer version."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            _refuse_newer(connection, connection.execute("PRAGMA user_version").fetchone()[0])
            connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_schema)").fetchone()
    except sqlite3.OperationalError:
        return  # busy, which says nothing of the file
    except sqlite3.DatabaseError as error:
        raise DataError(f"{path} cannot be used: {error}") from None


def is_up_to_date(path: Path) -> bool:
    """Return whether there is a database at `path` with the current schema and a secret key."""
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(path)) as connection:
            done: int = connection.execute("PRAGMA user_version").fetchone()[0]
            has_key: bool = connection.execute("SELECT EXISTS (SELECT 1 FROM secret_keys)").fetchone()[0]
    except sqlite3.Error:
        return False
    return done == len(_files()) and has_key


def secret_keys_of(path: Path) -> Set[str] | None:
    """Return the keys that a database needs, by fingerprint; None if it cannot be read, or has none yet."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT fingerprint FROM secret_keys").fetchall()
    except sqlite3.Error:
        return None
    return {fingerprint for (fingerprint,) in rows} or None


def _files() -> list[tuple[str, str]]:
    """Return the name and the text of each file, in their order."""
    folder = resources.files("bridge.store.sqlite") / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name, (folder / name).read_text(encoding="utf-8")) for name in names]
