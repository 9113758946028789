"""The file of a backup: whole, of one moment, and refused if anything is wrong with it."""

import asyncio
import errno
import gzip
import io
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from bridge.app.backup import Wanted, back_up, restore, verify
from bridge.clock import SystemClock
from bridge.config.settings import Media, Settings
from bridge.errors import ConfigurationError, DataError
from bridge.store.backup.sqlite_copy import copy
from bridge.store.key_files import write_key_file
from tests.tools.databases import opened
from tests.tools.moving import PICTURE, a_full_installation, moved
from tests.tools.postgres import Server
from tests.tools.rows import keep, kept

SECRET = "a key that is long enough"


def told(*_: object) -> None:
    """Ignore how far the work is."""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Make an installation in which every table has rows, with a picture, a key, and a mirror."""
    folder = tmp_path / "data"
    a_full_installation(folder / "bridge.db")
    write_key_file(folder / "secret.key", [SECRET])
    with sqlite3.connect(folder / "bridge.db") as database:
        database.execute("UPDATE media SET state = 'kept', name = lower(hex(randomblob(16))) || '.mp4'")
        names = [name for (name,) in database.execute("SELECT name FROM media")]
    (folder / "videos").mkdir()
    for name in names:
        (folder / "videos" / name).write_bytes(b"video")
    return folder


def made(data_dir: Path, wanted: Wanted = Wanted(), name: str = "backup.tar.gz") -> Path:  # noqa: B008
    file = data_dir.parent / name
    settings = Settings(data_dir=data_dir, media=Media(mirror=str(data_dir / "videos")))
    back_up(settings, file, wanted, SystemClock(), told)
    return file


def test_a_restored_installation_has_all_that_was_backed_up(data_dir: Path, tmp_path: Path) -> None:
    file = made(data_dir, Wanted(with_key=True, with_media=True))

    manifest = restore(file, tmp_path / "new", told)

    names = {path.relative_to(tmp_path / "new").as_posix() for path in (tmp_path / "new").rglob("*")}
    parts = {part.name for part in manifest.parts}
    assert names - {"uploads", "media", "bridge.lock"} == parts
    assert {"bridge.db", "secret.key", f"uploads/{PICTURE}"} < parts
    for part in parts - {"bridge.db"}:
        original = data_dir / part.replace("media/", "videos/")
        assert (tmp_path / "new" / part).read_bytes() == original.read_bytes()
    assert rows(tmp_path / "new" / "bridge.db") == rows(data_dir / "bridge.db")
    assert file.stat().st_mode & 0o777 == 0o600


def test_neither_key_nor_videos_are_in_a_backup_that_was_not_asked_for_them(data_dir: Path) -> None:
    manifest = verify(made(data_dir), told)

    assert {part.name for part in manifest.parts} == {"bridge.db", f"uploads/{PICTURE}"}
    assert SECRET.encode() not in gzip.decompress((data_dir.parent / "backup.tar.gz").read_bytes())


async def test_a_copy_is_of_one_moment_while_others_write(tmp_path: Path) -> None:
    path, to = tmp_path / "bridge.db", tmp_path / "copy.db"
    async with opened(path) as database:
        await database.write(lambda tx: tx.run(_MANY))
        loop, steps = asyncio.get_running_loop(), []

        def write_between(_: str, done: int, total: int) -> None:
            """Write while the copy is being made, after each of its steps."""
            steps.append(done)
            key = f"late-{done}"
            asyncio.run_coroutine_threadsafe(database.write(lambda tx: keep(tx, key)), loop).result(30)

        await asyncio.to_thread(copy, path, to, write_between)

        late = [key for key in await database.read(kept) if key.startswith("late-")]
    with sqlite3.connect(to) as copied:
        found = copied.execute("SELECT count(*), sum(key LIKE 'late-%') FROM meta").fetchone()
    assert len(steps) == len(late) > 2
    assert found == (30_000, 0)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: data[: len(data) // 2], "not a whole backup"),
        (lambda data: data[:-200], "not a whole backup"),
        (lambda data: data[:5000] + bytes([data[5000] ^ 255]) + data[5001:], "not a whole backup|damaged"),
        (lambda data: b"PK" + data, "not a whole backup"),
    ],
)
def test_a_damaged_backup_is_neither_whole_nor_restored(
    data_dir: Path, tmp_path: Path, spoil: Callable[[bytes], bytes], reason: str
) -> None:
    file = made(data_dir)
    file.write_bytes(spoil(file.read_bytes()))

    with pytest.raises(DataError, match=reason):
        verify(file, told)
    with pytest.raises(DataError, match=reason):
        restore(file, tmp_path / "new", told)

    assert list((tmp_path / "new").iterdir()) == []


def changed_bit(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place:][1:]


@pytest.mark.parametrize(
    "spoil", [lambda data: changed_bit(data, len(data) - 6), lambda data: data + b"more"]
)
def test_what_stands_behind_the_manifest_is_checked_too(
    data_dir: Path, spoil: Callable[[bytes], bytes]
) -> None:
    file = made(data_dir)
    file.write_bytes(spoil(file.read_bytes()))

    with pytest.raises(DataError, match="not a whole backup"):
        verify(file, told)


def test_a_full_disk_is_not_taken_for_a_bad_backup(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = made(data_dir)
    monkeypatch.setattr("bridge.store.backup.archive._write_all", full)

    with pytest.raises(DataError, match=r"restoring/bridge\.db cannot be written: No space left on device"):
        restore(file, tmp_path / "new", told)

    assert list((tmp_path / "new").iterdir()) == []


def test_a_backup_on_a_full_disk_leaves_nothing_of_itself(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("bridge.store.backup.archive.Packing.finish", full)

    with pytest.raises(DataError, match="The backup cannot be written: No space left on device"):
        made(data_dir)

    assert {path.name for path in data_dir.parent.iterdir()} == {"data"}


def test_without_pg_dump_the_error_says_so(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = Settings(data_dir=tmp_path, database=postgres_url)

    with pytest.raises(DataError, match=r"no pg_dump on this machine; docs/backup\.md says") as refused:
        back_up(settings, tmp_path / "backup.tar.gz", Wanted(), SystemClock(), told)

    assert refused.value.exit_code == 3
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_is_not_what_the_manifest_says_is_named(data_dir: Path) -> None:
    file = made(data_dir)
    changed(file, f"uploads/{PICTURE}", lambda content: content[:-1] + b"x")

    with pytest.raises(DataError, match=f"damaged: uploads/{PICTURE} is not what the manifest says"):
        verify(file, told)


@pytest.mark.parametrize("name", ["../bridge.db", "/etc/passwd", "uploads/../../x", "uploads/a/b", "other"])
def test_nothing_is_unpacked_that_is_in_no_backup(data_dir: Path, tmp_path: Path, name: str) -> None:
    file = made(data_dir)
    changed(file, f"uploads/{PICTURE}", lambda content: content, name)

    with pytest.raises(DataError, match="not a backup of the bridge"):
        restore(file, tmp_path / "new", told)

    assert list((tmp_path / "new").iterdir()) == []


def test_a_backup_overwrites_nothing_and_leaves_nothing(data_dir: Path) -> None:
    file = made(data_dir)
    before = file.read_bytes()

    with pytest.raises(DataError, match="exists already"):
        made(data_dir)

    assert file.read_bytes() == before
    assert {path.name for path in file.parent.iterdir()} == {"data", "backup.tar.gz"}


def test_a_directory_with_data_is_not_restored_into(data_dir: Path) -> None:
    with pytest.raises(DataError, match="is not empty"):
        restore(made(data_dir), data_dir, told)


def test_a_key_that_is_in_no_file_is_not_put_into_one(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir, secret_key=(SecretStr(SECRET),))

    with pytest.raises(ConfigurationError, match="not in a file"):
        back_up(settings, data_dir.parent / "backup.tar.gz", Wanted(with_key=True), SystemClock(), told)


def test_a_backup_of_a_newer_schema_names_the_version_that_made_it(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = made(data_dir)
    monkeypatch.setattr("bridge.app.backup.newest", lambda: 5)

    with pytest.raises(DataError, match=r"made by version \d+\.\d+\.\d+ of the bridge \(schema \d+, "):
        restore(file, tmp_path / "new", told)


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="needs pg_dump and psql")
def test_a_restored_postgres_has_all_that_was_backed_up(
    tmp_path: Path, postgres_url: str, postgres: Server
) -> None:
    source, file = tmp_path / "bridge.db", tmp_path / "backup.tar.gz"
    a_full_installation(source)
    moved(source, postgres_url)
    settings = Settings(data_dir=tmp_path, database=postgres_url)

    back_up(settings, file, Wanted(), SystemClock(), told)
    assert verify(file, told).database == "bridge.sql"
    with postgres.database("template0") as url:
        restore(file, tmp_path / "new", told, url)
        with pytest.raises(DataError, match="is not empty"):
            restore(file, tmp_path / "newer", told, url)
        before, after = sums(postgres_url), sums(url)

    assert len(before) > 20
    assert {name for name in before if before[name] != after[name]} == {"meta"}
    assert after["meta"][0] == before["meta"][0] + 1


def sums(url: str) -> dict[str, tuple[int, str]]:
    """Return for each table how many rows it has, and a hash of them."""
    with psycopg.connect(url) as database:
        tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        query = "SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {} AS t"
        rows = {name: database.execute(sql.SQL(query).format(sql.Identifier(name))) for (name,) in tables}
        return {name: found.fetchone() for name, found in rows.items()}  # type: ignore[misc]


def changed(file: Path, name: str, change: Callable[[bytes], bytes], new_name: str | None = None) -> None:
    """Write a backup again with another content, or name, of a part."""
    with tarfile.open(file) as tar:
        found = [(entry.name, tar.extractfile(entry).read()) for entry in tar]  # type: ignore[union-attr]
    with tarfile.open(file, "w:gz") as tar:
        for each, content in found:
            written = change(content) if each == name else content
            entry = tarfile.TarInfo(new_name if each == name and new_name else each)
            entry.size = len(written)
            tar.addfile(entry, io.BytesIO(written))


def rows(path: Path) -> dict[str, list[str]]:
    """Return the rows of all tables, without the mark of a restore."""
    with sqlite3.connect(path) as database:
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {
            name: sorted(
                repr(row)
                for row in database.execute(f'SELECT * FROM "{name}"')
                if row[0] != "restored_backup_ms"
            )
            for (name,) in tables
        }


_MANY = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30000)
    INSERT INTO meta (key, value) SELECT 'early-' || n, hex(randomblob(200)) FROM numbers
"""
