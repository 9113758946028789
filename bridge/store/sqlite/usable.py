"""Whether a file can serve as the database: found out at the start, not at the first job."""

import os
import sqlite3
from pathlib import Path

from bridge.errors import DataError


def try_to_open(path: Path) -> None:
    """Raise `DataError` when the file cannot be opened; one that is made is for the eyes of its owner.

    Asked before the driver is: it leaves a thread behind when it fails to open a file. The files that SQLite
    puts beside it have its mode.

    Never while the process has a connection to it: the first descriptor that a process closes ends all of its
    POSIX locks on the file, and whoever looks in from outside then takes the log away from under the others
    (sqlite.org/howtocorrupt.html, section 2.2).
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        sqlite3.connect(path).close()
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise DataError(f"The database {path} cannot be opened: {(reason or str(error)).lower()}.") from error


def try_to_write(connection: sqlite3.Connection) -> None:
    """Raise `sqlite3.Error` when the file is read-only, or when another process is writing it."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("PRAGMA user_version = 0")
    connection.execute("ROLLBACK")
