"""Checks at start whether a file can be used as the database."""

import os
import sqlite3
from pathlib import Path

from bridge.errors import DataError
from bridge.store.private_files import create_private


def try_to_open(path: Path) -> None:
    """Raise `DataError` if the file cannot be opened; a new file is created with mode 0600.

    This runs before the driver, which leaves a thread running if it fails to open a file. The files that
    SQLite creates next to the database get the same mode.

    Never call this while the process has a connection to the database: closing any descriptor releases all
    POSIX locks of the process on the file, and another process could then delete the log that is in use
    (sqlite.org/howtocorrupt.html, section 2.2).
    """
    try:
        create_private(path)
        os.close(os.open(path, os.O_RDWR))
        sqlite3.connect(path).close()
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise DataError(f"The database {path} cannot be opened: {(reason or str(error)).lower()}.") from error


def try_to_write(connection: sqlite3.Connection) -> None:
    """Raise `sqlite3.Error` if the file is read-only, or another process is writing it."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("PRAGMA user_version = 0")
    connection.execute("ROLLBACK")
