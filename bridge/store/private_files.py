"""Files that only their owner may read: those that were left open to others are closed."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600
OTHERS: Final = 0o077
BESIDE: Final = ("", "-wal", "-shm", "-journal", ".in-use", ".keys-in-use")
"""The endings of the files of a database: its own, those of SQLite, and the locks."""


@dataclass(frozen=True, slots=True)
class ExposedFile:
    """A file that others could read, with its mode; `is_closed`: now they cannot."""

    path: Path
    mode: int
    is_closed: bool


def files_of(database: Path) -> Sequence[Path]:
    """Return the files that a database can have, by their real paths."""
    real = database.resolve()
    return [real.with_name(f"{real.name}{ending}") for ending in BESIDE]


def close_to_others(paths: Iterable[Path]) -> Sequence[ExposedFile]:
    """Take the rights of all others from files that exist; return those that had such rights.

    No file is opened: closing a database's file would release the locks of this process on it.
    """
    found = [(path, _mode(path)) for path in paths]
    return [ExposedFile(path, mode, _is_closed(path, mode)) for path, mode in found if mode & OTHERS]


def create_private(path: Path) -> None:
    """Create an empty file if there is none, with mode 0600 whatever the umask; raises `OSError`.

    What the superuser creates belongs to the owner of the folder: the bridge may run as another user.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        return
    try:
        os.fchmod(descriptor, PRIVATE)
        give_to_owner(descriptor, path.parent)
    finally:
        os.close(descriptor)


def give_to_owner(descriptor: int, of: Path) -> None:
    """Give an open file the owner of another file or folder, if this process may; raises `OSError`."""
    owner = of.stat()
    if os.geteuid() == 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _mode(path: Path) -> int:
    """Return the rights of a file, none if it does not exist."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0


def _is_closed(path: Path, mode: int) -> bool:
    try:
        path.chmod(mode & ~OTHERS)
    except OSError:
        return False
    return True
