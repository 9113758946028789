"""A full disk, a damaged file, a second bridge: said clearly, and nothing is half done."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from bridge.errors import DataError
from bridge.store.database import StoreUnavailable, Tx
from bridge.store.sqlite import sqlite
from bridge.store.sqlite.lock import data_directory, database_file
from bridge.store.sqlite.migrations import migrate
from bridge.store.sqlite.sqlite import SqliteDatabase, sqlite_database
from tests.tools.rows import keep, kept


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    async with sqlite_database(path) as opened:
        yield opened


async def fill(database: SqliteDatabase) -> None:
    """Let the database have not a page more than it has."""
    await database.writer.connection.execute("PRAGMA max_page_count = 1")


async def make_room(database: SqliteDatabase) -> None:
    await database.writer.connection.execute("PRAGMA max_page_count = 100000")


def big(tx: Tx) -> str:
    return keep(tx, "big", "x" * 100_000)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a lock as long as a test may take, not as long as a person would."""
    monkeypatch.setattr(sqlite, "BUSY_S", 0.05)


def damage(path: Path, with_bytes: bytes, at: int = 0) -> None:
    content = path.read_bytes() if path.exists() else b""
    path.write_bytes(content[:at] + with_bytes + content[at + len(with_bytes) :])


async def opened(path: Path) -> None:
    async with sqlite_database(path):
        pass


async def test_a_full_disk_fails_the_whole_group_and_nothing_of_it_is_kept(database: SqliteDatabase) -> None:
    await fill(database)

    outcomes = await asyncio.gather(
        database.write(lambda tx: keep(tx, "before")),
        database.write(big),
        database.write(lambda tx: keep(tx, "behind")),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 3
    assert await database.read(kept) == []


async def test_writing_goes_on_when_there_is_room_again(database: SqliteDatabase) -> None:
    await fill(database)
    with pytest.raises(StoreUnavailable, match="full"):
        await database.write(big)

    await make_room(database)
    await database.write(big)

    assert await database.read(kept) == ["big"]


async def test_reading_goes_on_while_the_disk_is_full(database: SqliteDatabase) -> None:
    await database.write(lambda tx: keep(tx, "one"))
    await fill(database)
    with pytest.raises(StoreUnavailable):
        await database.write(big)

    assert await database.read(kept) == ["one"]


async def test_a_body_that_hides_a_full_disk_is_not_taken_for_kept(database: SqliteDatabase) -> None:
    def hiding(tx: Tx) -> str:
        try:
            return big(tx)
        except sqlite3.OperationalError:
            return "kept, it says"

    await fill(database)

    with pytest.raises(StoreUnavailable):
        await database.write(hiding)


async def test_the_schema_is_made_once(path: Path) -> None:
    async with sqlite_database(path) as database:
        await database.write(lambda tx: keep(tx, "one"))

    async with sqlite_database(path) as again:
        assert await again.read(kept) == ["one"]


def test_migrating_again_changes_nothing() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    before = connection.execute("SELECT sql FROM sqlite_master").fetchall()

    migrate(connection)

    assert connection.execute("SELECT sql FROM sqlite_master").fetchall() == before


async def test_a_database_of_a_newer_version_is_refused(path: Path) -> None:
    await opened(path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")

    with pytest.raises(DataError, match="newer version of the bridge"):
        await opened(path)


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    damage(path, b"this is no database" * 100)

    with pytest.raises(DataError, match=r"bridge\.db cannot be used: file is not a database"):
        await opened(path)


async def test_a_damaged_schema_is_refused(path: Path) -> None:
    await opened(path)
    damage(path, os.urandom(1900), at=100)

    with pytest.raises(DataError, match=r"bridge\.db cannot be used"):
        await opened(path)


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.usefixtures("impatient")
async def test_a_database_that_another_process_writes_is_refused(path: Path, is_new: bool) -> None:
    if not is_new:
        await opened(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE" if not is_new else "BEGIN EXCLUSIVE")

    with pytest.raises(DataError, match="locked"):
        await opened(path)

    other.close()


async def test_a_database_that_can_only_be_read_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is opened read-only: file modes do not bind the superuser that tests may run as."""
    await opened(path)
    connect: Any = aiosqlite.connect
    monkeypatch.setattr(
        aiosqlite, "connect", lambda file, **options: connect(f"file:{file}?mode=ro", uri=True, **options)
    )

    with pytest.raises(DataError, match="readonly"):
        await opened(path)


async def test_a_path_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be opened"):
        await opened(tmp_path / "missing" / "bridge.db")


def test_a_second_bridge_on_a_data_directory_is_refused(tmp_path: Path) -> None:
    with (
        data_directory(tmp_path / "data"),
        pytest.raises(DataError, match="Another bridge uses"),
        data_directory(tmp_path / "data"),
    ):
        pass


def test_a_data_directory_is_free_again_when_its_bridge_has_gone(tmp_path: Path) -> None:
    with data_directory(tmp_path / "data"):
        pass

    with data_directory(tmp_path / "data") as path:
        assert path.stat().st_mode & 0o777 == 0o700


def test_a_second_bridge_on_a_database_is_refused_whatever_it_calls_it(tmp_path: Path) -> None:
    (tmp_path / "bridge.db").touch()
    (tmp_path / "other.db").symlink_to(tmp_path / "bridge.db")

    with (
        database_file(tmp_path / "bridge.db"),
        pytest.raises(DataError, match=r"^Another bridge uses the database .*other\.db\.$"),
        database_file(tmp_path / "other.db"),
    ):
        pass


def test_bridges_with_databases_of_their_own_may_have_them_in_one_folder(tmp_path: Path) -> None:
    with database_file(tmp_path / "one.db"), database_file(tmp_path / "two.db") as path:
        assert path == tmp_path / "two.db"


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    with pytest.raises(DataError, match="cannot be used"), data_directory(tmp_path / "data"):
        pass


async def test_the_files_of_a_database_are_for_the_eyes_of_one(path: Path) -> None:
    async with sqlite_database(path) as database:
        await database.write(lambda tx: keep(tx, "one"))
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    assert modes == dict.fromkeys(("bridge.db", "bridge.db-wal", "bridge.db-shm"), 0o600)


async def test_another_process_that_looks_takes_nothing_away(path: Path) -> None:
    look = f"import sqlite3 as s; c = s.connect({str(path)!r}); c.execute('SELECT * FROM meta'); c.close()"
    async with sqlite_database(path) as database:
        await database.write(lambda tx: keep(tx, "before"))
        log = path.with_name(f"{path.name}-wal").stat().st_ino

        process = await asyncio.create_subprocess_exec(sys.executable, "-c", look)
        await process.wait()
        await database.write(lambda tx: keep(tx, "behind"))

        assert process.returncode == 0
        assert path.with_name(f"{path.name}-wal").stat().st_ino == log
        with closing(sqlite3.connect(path)) as beside:
            assert beside.execute("SELECT count(*) FROM meta").fetchone() == (2,)
