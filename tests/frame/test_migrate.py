"""The command `migrate`, as a process of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.store.key_files import write_key_file
from bridge.store.moving.tables import tables_of
from bridge.store.postgres.moving import postgres_side
from bridge.store.sqlite.moving import sqlite_side
from tests.tools.command_line import run
from tests.tools.moving import KEY, a_full_installation, rows_of

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


def test_a_second_run_says_the_same(folder: Path, postgres_url: str) -> None:
    command = ("migrate", "--from", "data/bridge.db", "--to", postgres_url, "--json")

    first, second = (run(*command, folder=folder) for _ in range(2))

    assert (second.returncode, second.stdout) == (0, first.stdout)


def test_what_cannot_be_moved_is_told_in_one_line(folder: Path, postgres_url: str) -> None:
    visible = postgres_url.replace("bridge@", "bridge:hunter2hunter2@")

    refused = {
        ("data/bridge.db", "data/other.db"): (2, "one must be an SQLite file and the other a URL"),
        (postgres_url, postgres_url): (2, "one must be an SQLite file and the other a URL"),
        ("data/bridge.db", visible): (2, "--to: a password on the command line can be read"),
        ("data/bridge.db", "mysql://db/bridge"): (2, "mysql is not supported"),
        ("data/none.db", postgres_url): (3, "There is no database data/none.db"),
        ("data/bridge.db", "postgresql://127.0.0.1:1/bridge"): (3, "The database bridge on 127.0.0.1"),
    }

    for (source, target), (code, text) in refused.items():
        done = run("migrate", "--from", source, "--to", target, folder=folder)
        assert done.returncode == code, done.stderr
        assert text in done.stderr
        assert "hunter2" not in done.stderr
        assert "Traceback" not in done.stderr


def test_a_missing_key_says_where_to_put_it(folder: Path, postgres_url: str) -> None:
    done = run("migrate", "--from", postgres_url, "--to", "elsewhere/bridge.db", folder=folder)

    assert done.returncode == 3
    assert "elsewhere/secret.key" in done.stderr
    assert "BRIDGE_SECRET_KEY" in done.stderr


@pytest.mark.parametrize("table", ["accounts", "job_messages"])
def test_a_killed_command_is_run_again(tmp_path: Path, postgres_url: str, table: str) -> None:
    path = tmp_path / "data" / "bridge.db"
    a_full_installation(path, MANY)
    write_key_file(tmp_path / "data" / "secret.key", [KEY.text])
    arguments = ("migrate", "--from", "data/bridge.db", "--to", postgres_url)

    kill_at(f"{table}: 500 copied", arguments, tmp_path)
    done = run(*arguments, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    with sqlite_side(path, path.parent) as file, postgres_side(postgres_url) as server:
        tables = tables_of(file.reading, server.tables_with_rowid())
        assert rows_of(file, tables) == rows_of(server, tables)


def kill_at(line: str, arguments: tuple[str, ...], folder: Path) -> None:
    """Kill the command as soon as it has said this."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    with subprocess.Popen(
        [sys.executable, "-m", "bridge", *arguments],
        cwd=folder,
        env=inherited,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = next(each for each in process.stderr if each.strip() == line)
        process.send_signal(signal.SIGKILL)
        assert said
