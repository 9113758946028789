"""Locks of the data directory, the database and its keys: only one process at a time uses or changes each."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.errors import DataError, DataInUse
from bridge.store.private_files import create_private


@contextmanager
def data_directory(path: Path) -> Iterator[Path]:
    """Create and lock a data directory; raises `DataError` if it cannot be used or another bridge uses it."""
    make_directory(path)
    with _locked(path / "bridge.lock", f"data directory {path}"):
        yield path


def make_directory(path: Path) -> None:
    """Create a data directory if there is none; raises `DataError`."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DataError(f"The data directory {path} cannot be used: {error.strerror}.") from error


@contextmanager
def database_file(path: Path) -> Iterator[Path]:
    """Lock a database, by its real path; raises `DataError` like `data_directory`.

    The lock is a separate file: opening and closing an SQLite file releases the process's POSIX locks on it.
    """
    real = path.resolve()
    with _locked(real.with_name(f"{real.name}.in-use"), f"database {path}"):
        yield path


@contextmanager
def key_rotation(path: Path) -> Iterator[None]:
    """Lock the secret keys of a database; raises `DataInUse` while another rotation runs."""
    real = path.resolve()
    with _locked(real.with_name(f"{real.name}.keys-in-use"), f"keys of the database {path}", "keys rotate"):
        yield


@contextmanager
def key_file(path: Path) -> Iterator[None]:
    """Lock a key file, which several databases may use; raises `DataInUse` while another process changes it.

    Where no file can be created, the key file cannot be changed either, and needs no lock.
    """
    lock = lock_of(path)
    if os.access(lock.parent, os.W_OK):
        with _locked(lock, f"key file {path}", "keys rotate, or a first start,"):
            yield
    else:
        yield


def lock_of(key_file: Path) -> Path:
    """Return where the lock of a key file is."""
    real = key_file.resolve()
    return real.with_name(f"{real.name}.lock")


@contextmanager
def _locked(lock: Path, what: str, whose: str = "bridge") -> Iterator[None]:
    try:
        create_private(lock)
        descriptor = os.open(lock, os.O_RDWR)
    except OSError as error:
        raise DataError(f"The {what} cannot be used: {error.strerror}.") from error
    try:
        _lock(descriptor, what, whose)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, what: str, whose: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise DataInUse(f"Another {whose} uses the {what}.") from error
