"""A bridge that cannot start says why in one sentence and ends with the documented exit code."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

import pytest

from bridge.app.secret_keys import opened_vault
from bridge.clock import SystemClock
from bridge.logs import Redactor
from bridge.store.key_files import KeySources
from bridge.store.rows.webhook_secrets import WebhookSecrets
from bridge.store.sqlite.lock import data_directory
from bridge.store.sqlite.sqlite import sqlite_database
from tests.acceptance.tmpfs import fill, tmpfs
from tests.tools.access import TOKEN
from tests.tools.processes import ROOT, bridge_process, simulator

CANNOT_BE_USED = 3


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data directory as a bridge leaves it behind, with a secret in it."""
    with data_directory(tmp_path / "data") as folder:
        async with sqlite_database(folder / "bridge.db") as database:
            sources = KeySources((), None, folder / "secret.key")
            secrets = WebhookSecrets(await opened_vault(database, sources, Redactor(SystemClock())))
            await database.write(lambda tx: secrets.prepare(tx, "default", None, 0))
    return tmp_path / "data"


async def failed_start(data: Path, **env: str) -> str:
    """Start a bridge that must not start, and return what it says."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    given = {"BRIDGE_SERVER__PORT": "0", "BRIDGE_API_TOKEN": TOKEN, "BRIDGE_DATA_DIR": str(data), **env}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge", "serve"),
        cwd=gettempdir(),
        env={**inherited, **given, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(30):
            printed, told = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert (process.returncode, printed) == (CANNOT_BE_USED, b""), told.decode()
    (sentence,) = told.decode().splitlines()
    return sentence


@pytest.mark.thorough
async def test_a_database_that_another_process_writes(data: Path) -> None:
    other = sqlite3.connect(data / "bridge.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    told = await failed_start(data)

    other.close()
    assert told == f"error: The database {data}/bridge.db cannot be used: database is locked."


@pytest.mark.thorough
async def test_a_file_that_is_no_database(data: Path) -> None:
    (data / "bridge.db").write_bytes(b"this is no database" * 1000)

    told = await failed_start(data)

    assert told == f"error: The database {data}/bridge.db cannot be used: file is not a database."


@pytest.mark.thorough
async def test_a_database_with_damaged_pages(data: Path) -> None:
    path = data / "bridge.db"
    path.write_bytes(path.read_bytes()[:4096] + os.urandom(path.stat().st_size - 4096))

    told = await failed_start(data)

    assert told.startswith("error: The database")
    assert "malformed" in told or "not a database" in told


@pytest.mark.thorough
async def test_a_database_of_a_newer_version(data: Path) -> None:
    with sqlite3.connect(data / "bridge.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()

    told = await failed_start(data)

    assert "made by a newer version of the bridge (schema 999" in told


@pytest.mark.thorough
async def test_another_secret_key(data: Path) -> None:
    told = await failed_start(data, BRIDGE_SECRET_KEY="another-secret-key")

    assert "Wrong secret key" in told
    assert "another-secret-key" not in told


@pytest.mark.thorough
async def test_a_data_directory_that_cannot_be_made(data: Path) -> None:
    (data.parent / "file").touch()

    told = await failed_start(data.parent / "file" / "data")

    assert told == f"error: The data directory {data.parent}/file/data cannot be used: Not a directory."


@pytest.mark.thorough
async def test_a_data_directory_that_can_only_be_read(data: Path, tmp_path: Path) -> None:
    with tmpfs(tmp_path / "mounted", "4m") as folder:
        (folder / "bridge.db").write_bytes((data / "bridge.db").read_bytes())
        with read_only(folder):
            told = await failed_start(folder)

    assert told == f"error: The data directory {folder} cannot be used: Read-only file system."


@pytest.mark.thorough
async def test_a_database_that_can_only_be_read(data: Path, tmp_path: Path) -> None:
    with tmpfs(tmp_path / "mounted", "4m") as folder:
        (folder / "bridge.db").write_bytes((data / "bridge.db").read_bytes())
        with read_only(folder):
            told = await failed_start(data, BRIDGE_DATABASE=f"{folder}/bridge.db")

    assert told.startswith(f"error: The database {folder}/bridge.db cannot be ")
    assert "read-only" in told.lower()


@pytest.mark.thorough
async def test_a_disk_that_is_full(data: Path, tmp_path: Path) -> None:
    with tmpfs(tmp_path / "mounted", "600k") as folder:
        (folder / "bridge.db").write_bytes((data / "bridge.db").read_bytes())
        (folder / "bridge.db").chmod(0o600)
        fill(folder)
        told = await failed_start(data, BRIDGE_DATABASE=f"{folder}/bridge.db")

    assert told.startswith(f"error: The database {folder}/bridge.db cannot be used: ")


@pytest.mark.thorough
async def test_the_second_of_two_bridges_and_the_first_goes_on(tmp_path: Path) -> None:
    async with (
        simulator(tmp_path / "discord", video_seconds=1.0) as discord,
        bridge_process(tmp_path / "bridge", discord.facts["discord"]) as first,
    ):
        data = tmp_path / "bridge" / "data"
        told = await failed_start(data)
        beside = await failed_start(tmp_path / "beside", BRIDGE_DATABASE=str(data / "bridge.db"))
        modes = {path.name: path.stat().st_mode & 0o777 for path in data.iterdir() if path.is_file()}

        assert told == f"error: Another bridge uses the data directory {data}."
        assert beside == f"error: Another bridge uses the database {data}/bridge.db."
        assert first.process.returncode is None
        assert {"bridge.db", "bridge.db-wal", "bridge.db-shm", "bridge.lock", "secret.key"} <= set(modes)
        assert set(modes.values()) == {0o600}


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    yield
