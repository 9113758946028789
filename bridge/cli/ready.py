"""The ready file: JSON that is written atomically once everything listens and the accounts are connected."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from bridge.errors import DataError


def clear_ready_file(path: Path | None) -> None:
    """Remove the file of an earlier start."""
    if path is not None:
        path.unlink(missing_ok=True)


def write_ready_file(path: Path | None, facts: Mapping[str, object]) -> None:
    """Write the facts and the process id with mode 0600; do nothing without a path."""
    if path is None:
        return
    try:
        appear(path, json.dumps({**facts, "pid": os.getpid()}, indent=2) + "\n")
    except OSError as error:
        raise DataError(f"the ready file {path} cannot be written: {error.strerror}") from None


def appear(path: Path, text: str) -> None:
    """Create or replace the file atomically, with mode 0600; one that cannot be written leaves nothing."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    create(draft, text)
    try:
        draft.replace(path)
    except OSError:
        draft.unlink()
        raise


def create(path: Path, text: str) -> None:
    """Create the file with mode 0600, if there is none; one that cannot be written whole leaves nothing."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        path.unlink()
        raise
