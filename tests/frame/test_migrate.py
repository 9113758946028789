"""The command `migrate`, as a process of its own."""

import json
from pathlib import Path

import pytest

from bridge.cli.migrate import Wanted, migrate
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import StartError
from bridge.logs import Redactor
from bridge.store.key_files import write_key_file
from bridge.store.moving.tables import tables_of
from bridge.store.postgres.moving import postgres_side
from bridge.store.sqlite.moving import sqlite_side
from tests.tools.command_line import run
from tests.tools.moving import KEY, a_full_installation, kill_at, rows_of

MANY = 1_100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a full installation in `data`."""
    a_full_installation(tmp_path / "data" / "bridge.db")
    write_key_file(tmp_path / "data" / "secret.key", [KEY.text])
    return tmp_path


def test_an_installation_is_moved_without_any_configuration(folder: Path, postgres_url: str) -> None:
    there = run("migrate", "--from", "data/bridge.db", "--to", postgres_url, folder=folder)
    back = run(
        *("migrate", "--from", postgres_url, "--to", "new/bridge.db", "--json"),
        folder=folder,
        variables={"BRIDGE_SECRET_KEY": KEY.text},
    )

    assert there.returncode == 0, there.stderr
    assert ["jobs", "3", "3"] in [line.split() for line in there.stdout.splitlines()]
    assert "Start the bridge with that database now." in there.stdout
    assert json.loads(back.stdout)["rows"]["jobs"] == 3
    assert KEY.text not in there.stdout + there.stderr + back.stdout + back.stderr


@pytest.mark.thorough
def test_a_second_run_says_the_same(folder: Path, postgres_url: str) -> None:
    command = ("migrate", "--from", "data/bridge.db", "--to", postgres_url, "--json")

    first, second = (run(*command, folder=folder) for _ in range(2))

    assert (second.returncode, second.stdout) == (0, first.stdout)


def test_what_cannot_be_moved_is_told_in_one_line(folder: Path, postgres_url: str) -> None:
    file, visible = str(folder / "data" / "bridge.db"), postgres_url.replace("bridge@", "bridge:hunter2@")

    refused = {
        (file, f"{file}.other"): (2, "one must be an SQLite file and the other a URL"),
        (postgres_url, postgres_url): (2, "one must be an SQLite file and the other a URL"),
        (file, visible): (2, "--to: a password on the command line can be read"),
        (file, "mysql://db/bridge"): (2, "mysql is not supported"),
        (f"{file}.none", postgres_url): (3, f"There is no database {file}.none"),
        (file, "postgresql://127.0.0.1:1/bridge"): (3, "The database bridge on 127.0.0.1 cannot be used"),
    }

    for (source, target), (code, text) in refused.items():
        with pytest.raises(StartError, match=text) as error:
            migrate(Settings(), Redactor(SystemClock()), Wanted(source, target), as_json=False)
        assert error.value.exit_code == code
        assert "hunter2" not in str(error.value)


def test_a_missing_key_says_where_to_put_it(folder: Path, postgres_url: str) -> None:
    done = run("migrate", "--from", postgres_url, "--to", "elsewhere/bridge.db", folder=folder)

    assert done.returncode == 3
    assert "elsewhere/secret.key" in done.stderr
    assert "BRIDGE_SECRET_KEY" in done.stderr


def test_a_killed_command_is_run_again(tmp_path: Path, postgres_url: str) -> None:
    path = tmp_path / "data" / "bridge.db"
    a_full_installation(path, MANY)
    write_key_file(tmp_path / "data" / "secret.key", [KEY.text])
    arguments = ("migrate", "--from", "data/bridge.db", "--to", postgres_url)

    kill_at("job_messages: 500 copied", arguments, tmp_path)
    done = run(*arguments, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    with sqlite_side(path, path.parent) as file, postgres_side(postgres_url) as server:
        tables = tables_of(file.reading, server.tables_with_rowid())
        assert rows_of(file, tables) == rows_of(server, tables)
