"""Bridges on a database that restarts, cuts them off, fails over, or is full."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.databases import TROUBLES, a_small_disk, fill_disk, suffered, trials_of
from tests.chaos.machines import Plan

PLAN = Plan(processes=2, accounts=4, jobs=24, seconds=20)


@pytest.fixture(autouse=True)
def _there_is_postgres(postgres: object) -> None:
    """Skip, or fail, as the other tests on PostgreSQL do."""


@pytest.mark.machines
@pytest.mark.timeout(600)
async def test_bridges_lose_nothing_by_a_database_that_restarts_cuts_them_off_and_fails_over(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with trials_of(tmp_path, 1, PLAN) as trials:
        broken = await suffered(trials, TROUBLES)

        record_property("chaos, databases", trials.line())
        assert broken == []
        assert trials.scene.verdict.figures["completed"] > 0


@pytest.mark.machines
@pytest.mark.timeout(600)
async def test_bridges_lose_nothing_by_a_database_whose_disk_is_full(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with a_small_disk() as disk:
        async with trials_of(tmp_path / "bridges", 1, PLAN, disk) as trials:
            broken = await suffered(trials, [fill_disk])

            record_property("chaos, full disk", trials.line())
            assert broken == []
            assert trials.scene.verdict.figures["completed"] > 0
