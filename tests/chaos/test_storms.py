"""Short storms of the gateway and of REST."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.chaos.storms import GATEWAY, REST, Fault, a_storm


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("name", "faults"), [("gateway", GATEWAY), pytest.param("REST", REST, marks=pytest.mark.thorough)]
)
async def test_no_storm_loses_or_swaps_anything(
    tmp_path: Path, name: str, faults: Sequence[Fault], record_property: Callable[[str, object], None]
) -> None:
    async with a_storm(tmp_path, 1, faults) as storm:
        verdict = await storm.rage(jobs=24)

    record_property(f"chaos, {name} faults", verdict.line())
    assert verdict.broken == []
    assert verdict.figures["completed"] > 0
