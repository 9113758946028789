"""A start tells which files of the schema it has run, and how long they took, on either engine."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from bridge.cli.announce import announce_bridge
from bridge.store.rows import schema_runs
from tests.tools.databases import ENGINES, SQLITE, Storage, opened
from tests.tools.postgres import Server


@pytest.fixture(params=ENGINES)
def new_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """Storage without a schema, of either engine."""
    if request.param == SQLITE:
        yield tmp_path / "bridge.db"
        return
    with empty_on(request.getfixturevalue("postgres")) as url:
        yield url


def empty_on(server: Server) -> AbstractContextManager[str]:
    return server.database("template0")


async def test_a_start_says_which_files_it_has_run_and_how_long_they_took(
    new_storage: Storage, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(new_storage) as database:
        runs = await database.read(lambda tx: schema_runs.since(tx, 0))
    announce_bridge("http://127.0.0.1:8080", None, runs)

    shown = capsys.readouterr().out
    assert runs[0].number == schema_runs.FIRST
    assert re.search(rf"Database +brought up to date: schema {schema_runs.FIRST} in \d+\.\d s", shown)


async def test_a_start_that_has_run_no_file_says_nothing_of_the_database(
    new_storage: Storage, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(new_storage) as database:
        last = max(run.at_ms for run in await database.read(lambda tx: schema_runs.since(tx, 0)))
    async with opened(new_storage) as database:
        runs = await database.read(lambda tx: schema_runs.since(tx, last + 1))
    announce_bridge("http://127.0.0.1:8080", None, runs)

    assert runs == []
    assert "Database" not in capsys.readouterr().out
