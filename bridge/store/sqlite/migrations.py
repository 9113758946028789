"""Migrations of the schema: numbered SQL files."""

import sqlite3
from collections.abc import Set
from contextlib import closing
from importlib import resources
from pathlib import Path

from bridge.errors import DataError


def migrate(connection: sqlite3.Connection) -> None:
    """Run the missing files of `schema/NNNN_*.sql`, each in its own transaction.

    Raises `DataError` if the database is from a newer version.
    """
    done: int = connection.execute("PRAGMA user_version").fetchone()[0]
    files = _files()
    if done > len(files):
        raise DataError(
            f"The database was made by a newer version of the bridge (schema {done}, not {len(files)})."
        )
    for number, text in enumerate(files[done:], done + 1):
        connection.executescript(f"BEGIN IMMEDIATE;\n{text}\nPRAGMA user_version = {number};\nCOMMIT;")


def newest() -> int:
    """Return the number of the newest schema that this code knows; PostgreSQL has the same numbers."""
    return len(_files())


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


def _files() -> list[str]:
    folder = resources.files("bridge.store.sqlite") / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(folder / name).read_text(encoding="utf-8") for name in names]
