"""The command line, run as a process of its own."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from bridge.store.private_files import create_private
from bridge.store.sqlite.migrations import migrate


def run(
    *arguments: str, folder: Path, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with no settings but those variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    return subprocess.run(
        [sys.executable, "-m", "bridge", *arguments],
        cwd=folder,
        env=inherited | {"COLUMNS": "200", "NO_COLOR": "1"} | (variables or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def new_database(folder: Path) -> None:
    """Make the database of a bridge that has not been started yet."""
    (folder / "data").mkdir()
    create_private(folder / "data" / "bridge.db")
    with closing(sqlite3.connect(folder / "data" / "bridge.db")) as connection:
        migrate(connection)
