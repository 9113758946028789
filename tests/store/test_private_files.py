"""The database, what lies beside it and the keys are for the eyes of one, whatever they were before."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.app.foundation import open_foundation, shared_database
from bridge.app.key_rotation import rotate
from bridge.app.secret_keys import key_sources
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.logs import Redactor
from bridge.store.sqlite.lock import key_rotation
from tests.tools.rows import keep

REDACTOR = Redactor(SystemClock())
FILES = {"bridge.db", "bridge.db-wal", "bridge.db-shm", "bridge.db.in-use", "bridge.lock", "secret.key"}
FILES |= {"secret.key.lock", "secret.key.databases"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o377])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir() if path.is_file()}


@pytest.mark.usefixtures("umask")
async def test_every_file_is_made_for_one_whatever_the_umask(settings: Settings) -> None:
    settings.data_dir.mkdir()
    settings.data_dir.chmod(0o700)

    async with open_foundation(settings, REDACTOR) as foundation:
        await foundation.database.write(lambda tx: keep(tx, "one"))
        with key_rotation(path := settings.data_dir / "bridge.db"):
            await rotate(foundation.database, key_sources(settings), REDACTOR.add, path=path)
        found = modes(settings.data_dir)

    assert found == dict.fromkeys({*FILES, "bridge.db.keys-in-use"}, 0o600)


@pytest.mark.parametrize("is_command", [True, False])
async def test_files_that_others_could_read_are_closed_at_the_start_and_named(
    settings: Settings, is_command: bool
) -> None:
    async with open_foundation(settings, REDACTOR):
        names = set(modes(settings.data_dir))
        for path in settings.data_dir.iterdir():
            path.chmod(0o755 if path.is_dir() else 0o644)
        if is_command:
            with capture_logs() as logs:
                async with shared_database(settings):
                    found = modes(settings.data_dir)
    if not is_command:
        (settings.data_dir / "bridge.db").chmod(0o666)
        with capture_logs() as logs:
            async with open_foundation(settings, REDACTOR):
                found = modes(settings.data_dir)

    said = {Path(line["path"]).name for line in logs if line["event"] == "file_was_open_to_others"}
    assert found == dict.fromkeys(names, 0o600)
    assert {"bridge.db", "secret.key"} <= said
    assert {line["log_level"] for line in logs if Path(line.get("path", "")).name in said} == {"warning"}


async def test_a_given_key_file_is_closed_too(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "own.key").write_text("a key of sixteen or more")
    (tmp_path / "own.key").chmod(0o644)
    given = settings.model_copy(update={"secret_key_file": tmp_path / "own.key"})

    async with open_foundation(given, REDACTOR):
        found = (tmp_path / "own.key").stat().st_mode & 0o777

    assert found == 0o600


async def test_a_file_that_cannot_be_closed_is_named_and_stops_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_foundation(settings, REDACTOR):
        pass
    (settings.data_dir / "secret.key").chmod(0o604)

    def refuse(path: Path, mode: int) -> None:
        raise PermissionError(path, mode)

    monkeypatch.setattr(Path, "chmod", refuse)
    with capture_logs() as logs:
        async with open_foundation(settings, REDACTOR):
            pass

    named = [(line["path"], line["mode"]) for line in logs if line["event"] == "file_is_open_to_others"]
    assert named == [(str(settings.data_dir / "secret.key"), "0604")]
