"""The data directory and the database: the directory is made when missing, one bridge at a time uses each."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.errors import DataError, DataInUse


@contextmanager
def data_directory(path: Path) -> Iterator[Path]:
    """Hold a data directory; raises `DataError` when it cannot be used or another bridge holds it."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DataError(f"The data directory {path} cannot be used: {error.strerror}.") from error
    with _locked(path / "bridge.lock", f"data directory {path}"):
        yield path


@contextmanager
def database_file(path: Path) -> Iterator[Path]:
    """Hold a database, wherever it lies and by whatever path; raises `DataError` as `data_directory` does.

    The lock is a file of its own beside it: whoever opens and closes a SQLite file drops the locks of its
    process on it.
    """
    real = path.resolve()
    with _locked(real.with_name(f"{real.name}.in-use"), f"database {path}"):
        yield path


@contextmanager
def _locked(lock: Path, what: str) -> Iterator[None]:
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DataError(f"The {what} cannot be used: {error.strerror}.") from error
    try:
        _lock(descriptor, what)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, what: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise DataInUse(f"Another bridge uses the {what}.") from error
