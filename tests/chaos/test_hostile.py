"""Receivers that refuse, hang, drip, redirect and fail for an hour."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.beside import Plan, side_by_side
from tests.chaos.hostile import WAYS, hostile_receivers


async def test_every_delivery_arrives_when_a_receiver_behaves_again(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    verdict = await hostile_receivers(tmp_path, jobs=1)

    record_property("chaos, hostile receivers", verdict.line())
    assert verdict.broken == []
    assert verdict.figures["completed"] == len(WAYS) + 1
    assert verdict.figures["attempts"] > 2 * verdict.figures["completed"]


@pytest.mark.thorough
async def test_a_healthy_receiver_is_told_everything_whoever_else_is_called(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    sides = await side_by_side(tmp_path, Plan(rounds=1, counted=10, before=5, backlog=1))

    record_property("chaos, a healthy receiver", sides.line())
    assert sides.received == sides.expected == 60
    assert len(sides.alone) == len(sides.beside) == 20
