"""What `/readyz` looks at, part by part."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.flows.readiness import Readiness
from bridge.store.database import Database
from bridge.store.sqlite.migrations import newest
from bridge.store.sqlite.sqlite import sqlite_database


@pytest.fixture(autouse=True)
def a_patient_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the database of a busy machine answer."""
    monkeypatch.setattr("bridge.flows.readiness.LOOK_S", 30.0)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with sqlite_database(tmp_path / "bridge.db") as database:
        yield database


def readiness(
    database: Database, is_stopping: Callable[[], bool] = lambda: False, schema: int = newest()
) -> Readiness:
    return Readiness(database, SystemClock(), lambda _: None, is_stopping, schema)


async def failed(looking: Readiness) -> dict[str, str]:
    return {check.name: check.text for check in await looking.checks() if not check.is_ok}


async def test_a_bridge_that_stops_is_not_ready_at_once(database: Database) -> None:
    answers = iter((False, True))
    looking = readiness(database, lambda: next(answers))

    before, after = await failed(looking), await failed(looking)

    assert (before, after) == ({}, {"stopping": "the bridge is stopping"})


@pytest.mark.parametrize("schema", [newest() - 1, newest() + 1])
async def test_a_schema_of_another_version_is_not_ready(database: Database, schema: int) -> None:
    found = await failed(readiness(database, schema=schema))

    assert found == {"schema": "the schema of the database is not one of this version"}


async def test_a_database_that_is_closed_is_told_in_every_look_at_it(tmp_path: Path) -> None:
    async with sqlite_database(tmp_path / "bridge.db") as closed:
        pass

    found = await failed(readiness(closed))

    assert found == dict.fromkeys(("store", "schema", "accounts"), "the database is not available")
