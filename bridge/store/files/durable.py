"""Files that outlive a crash of the machine: their bytes, and their names."""

import os
from pathlib import Path
from typing import BinaryIO


def sync(file: BinaryIO) -> None:
    """Wait until the bytes of a file are on the disk; raises `OSError`."""
    file.flush()
    os.fsync(file.fileno())


def sync_names(directory: Path) -> None:
    """Sync a directory, so that a crash does not lose a new file's name; raises `OSError`."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
