"""The data directory: made when missing, and used by one bridge at a time."""

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
        descriptor = os.open(path / "bridge.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DataError(f"The data directory {path} cannot be used: {error.strerror}.") from error
    try:
        _lock(descriptor, path)
        yield path
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise DataInUse(f"Another bridge uses the data directory {path}.") from error
