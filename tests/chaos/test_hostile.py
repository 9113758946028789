"""Receivers that refuse, hang, drip, redirect and fail for an hour."""

from collections.abc import Callable
from pathlib import Path

from tests.chaos.hostile import WAYS, hostile_receivers


async def test_every_delivery_arrives_when_a_receiver_behaves_again(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    verdict = await hostile_receivers(tmp_path, jobs=1)

    record_property("chaos, hostile receivers", verdict.line())
    assert verdict.broken == []
    assert verdict.figures["completed"] == len(WAYS) + 1
    assert verdict.figures["attempts"] > 2 * verdict.figures["completed"]
