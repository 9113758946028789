"""Which databases use a key file: those of its folder, and those of the list beside it.

A key is taken out of the file only when none of them needs it. The list is only added to; a database writes
itself there before it uses a key.
"""

import os
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.errors import DataError
from bridge.store.private_files import create_private
from bridge.store.sqlite.migrations import secret_keys_of

HEADER: Final = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class OtherDatabase:
    """A database that may use a key file. `keys`: those that it needs, None if that cannot be known."""

    path: str
    keys: Set[str] | None


def note_database(key_file: Path, database: Path) -> None:
    """Write a database into the list beside a key file; raises `DataError`."""
    path, line = list_of(key_file), str(database.resolve())
    try:
        create_private(path)
        if line not in _lines(path):
            with path.open("a", encoding="utf-8", errors="surrogateescape") as file:
                file.write(f"{line}\n")
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise DataError(f"The list {path} cannot be written: {error.strerror}.") from error


def others_than(database: Path, key_file: Path) -> Sequence[OtherDatabase]:
    """Return the other databases that may use a key file.

    One of the file's folder that is gone is left out: had it been renamed there, it would be found.
    """
    folder, own = key_file.resolve().parent, database.resolve()
    listed = {Path(line) for line in _lines(list_of(key_file))}
    away = {path for path in listed if path.parent != folder}
    found = {path for path in folder.iterdir() if path.is_file() and _is_database(path)}
    return [OtherDatabase(str(path), secret_keys_of(path)) for path in sorted((away | found) - {own})]


def list_of(key_file: Path) -> Path:
    """Return where the list beside a key file is."""
    return key_file.with_name(f"{key_file.name}.databases")


def _lines(path: Path) -> Sequence[str]:
    if not path.exists():
        return []
    return path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(HEADER)) == HEADER
    except OSError:
        return path.suffix == ".db"
