"""An installation that is backed up under load, lost and restored, on either engine."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.backups import a_restored_installation
from tests.tools.postgres import Server


@pytest.mark.thorough
@pytest.mark.timeout(300)
async def test_an_installation_that_is_lost_and_restored_sends_nothing_twice_and_tells_every_end(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with a_restored_installation(tmp_path, 1) as installation:
        verdict = await installation.play(1)

        record_property("chaos, backup", verdict.line())
        assert verdict.broken == []
        assert verdict.figures["completed"] > 0


@pytest.mark.machines
@pytest.mark.timeout(600)
async def test_an_installation_on_postgres_that_is_lost_and_restored_keeps_its_promises(
    tmp_path: Path, postgres: Server, record_property: Callable[[str, object], None]
) -> None:
    async with a_restored_installation(tmp_path, 1, postgres) as installation:
        verdict = await installation.play(1)

        record_property("chaos, backup on PostgreSQL", verdict.line())
        assert verdict.broken == []
        assert verdict.figures["completed"] > 0
