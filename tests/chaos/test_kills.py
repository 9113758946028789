"""A sample of the deaths of the long form."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.kills import DuringUpload, Lane, a_lane

SEED: Final = 1
BETWEEN_STORE_AND_POST: Final = "sessions.selfbot.one_post:OnePost.post before it"
BETWEEN_POST_AND_STORE: Final = "sessions.selfbot.one_post:OnePost.post after it"
CAUGHT_UP: Final = "write flows.intake:Intake.take.<lambda> before its commit"
TOLD_BUT_NOT_KEPT: Final = "callbacks.attempt:post after it"


@pytest.mark.timeout(300)
async def test_a_bridge_that_is_killed_loses_nothing_and_sends_nothing_twice(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with a_lane(tmp_path, SEED, Lane) as lane:
        await die_in_the_middle(lane)
        await lane.round(4, DuringUpload.ANY)

    record_property("chaos, kills", lane.verdict.line())
    assert lane.verdict.broken == []
    assert lane.verdict.figures["completed"] > 0
    assert lane.parents != [], "no button could be pressed"
    assert lane.verdict.figures["uploads broken off"] > 0


@pytest.mark.thorough
@pytest.mark.timeout(300)
async def test_a_bridge_that_is_killed_again_while_it_starts_loses_nothing(tmp_path: Path) -> None:
    async with a_lane(tmp_path, SEED, Lane) as lane:
        death = lane.chance.of("sample").choice([each for each in lane.deaths(40) if isinstance(each, tuple)])
        await lane.round(1, death, (CAUGHT_UP, 1), None)

    assert lane.verdict.broken == []
    assert lane.verdict.figures["further deaths"] == 2


async def die_in_the_middle(lane: Lane) -> None:
    """Die where a bridge that keeps things in memory loses them."""
    for turn, point in enumerate((BETWEEN_STORE_AND_POST, BETWEEN_POST_AND_STORE, TOLD_BUT_NOT_KEPT)):
        assert point in lane.points
        await lane.round(turn + 1, (point, turn + 1))
