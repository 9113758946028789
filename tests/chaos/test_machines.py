"""A short storm over several bridges on one PostgreSQL: each blow once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.machines import BLOWS, Plan, a_scene
from tests.tools.databases import migrated
from tests.tools.postgres import Server


@pytest.mark.machines
@pytest.mark.timeout(600)
async def test_bridges_that_share_a_database_keep_every_promise_whatever_happens_to_them(
    tmp_path: Path, postgres: Server, record_property: Callable[[str, object], None]
) -> None:
    with migrated(postgres) as url:
        async with a_scene(tmp_path, url, 1, Plan()) as scene:
            verdict = await scene.play(BLOWS)

            record_property("chaos, machines", scene.line())
            assert verdict.broken == []
            assert verdict.figures["completed"] > 0
