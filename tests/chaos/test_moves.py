"""A move to PostgreSQL and back, each killed midway, while Discord works for the installation."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.moves import an_installation
from tests.tools.postgres import Server


@pytest.mark.machines
@pytest.mark.timeout(600)
async def test_an_installation_that_moves_there_and_back_loses_nothing_wherever_a_move_is_killed(
    tmp_path: Path, postgres: Server, record_property: Callable[[str, object], None]
) -> None:
    async with an_installation(tmp_path, 1, postgres) as installation:
        verdict = await installation.play(1)

        record_property("chaos, moves", verdict.line())
        assert verdict.broken == []
        assert verdict.figures["completed"] > 0
        assert verdict.figures["moves"] == 2
