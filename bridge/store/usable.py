"""Whether a file can serve as the database: found out at the start, not at the first job."""

import sqlite3
from pathlib import Path


def try_to_open(path: Path) -> None:
    """Raise `sqlite3.Error` when the file cannot be opened.

    Asked before the driver is: it leaves a thread behind when it fails to open a file.
    """
    sqlite3.connect(path).close()


def try_to_write(connection: sqlite3.Connection) -> None:
    """Raise `sqlite3.Error` when the file is read-only, or when another process is writing it."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("PRAGMA user_version = 0")
    connection.execute("ROLLBACK")
