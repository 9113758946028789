"""The code of the schema before, from the repository's history."""

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest

from bridge.store.postgres.migrations import migrations

ROOT: Final = Path(__file__).parents[2]
SCHEMA: Final = "bridge/store/postgres/schema"


def code_of_the_schema_before(folder: Path) -> Path:
    """Write the newest code that does not know the newest file of the schema, and return where it is.

    Skips the test if the history does not have it.
    """
    commit = _commit_before(migrations()[-1].name)
    archive = _git("archive", "--format=tar", commit, "bridge") if commit else None
    if archive is None:
        pytest.skip("the code of the schema before is not in the history: this is a shallow clone, or none")
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def _commit_before(name: str) -> str | None:
    """Return the commit before the one that added a file, or the newest one if none has added it."""
    added = _git("log", "-1", "--diff-filter=A", "--format=%H", "--", f"{SCHEMA}/{name}")
    if added is None:
        return None
    wanted = f"{added.decode().strip()}^" if added.strip() else "HEAD"
    found = _git("rev-parse", "--verify", "--quiet", f"{wanted}^{{commit}}")
    return found.decode().strip() if found else None


def _git(*arguments: str) -> bytes | None:
    """Return what git prints; None if it fails, or is not there."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False, timeout=90)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
