"""How late the event loop is: measured by one task, told to the probe."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.metrics.loop_lag import REMEMBERED_MS, STUCK_MS, TICK_S, LoopLag
from tests.tools.hand_clock import HandClock

STUCK_S = STUCK_MS / 1000


class Measured:
    """A loop whose time passes by hand."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.told: list[float] = []
        self.lag = LoopLag(self.clock, self.told.append)

    async def late(self, seconds: float) -> None:
        """Wake the measurement late by some seconds."""
        self.clock.pass_s(TICK_S + seconds)
        await self.settled()

    async def settled(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
async def measured() -> AsyncIterator[Measured]:
    measured = Measured()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(measured.lag.run())
        await measured.settled()
        yield measured
        running.cancel()


async def test_what_is_late_is_told_in_seconds(measured: Measured) -> None:
    await measured.late(0)
    await measured.late(0.25)

    assert measured.told == [0, 0.25]
    assert not measured.lag.is_stuck()


async def test_a_loop_that_stood_still_counts_as_stuck_for_a_while(measured: Measured) -> None:
    await measured.late(STUCK_S)
    was_stuck = measured.lag.is_stuck()

    for _ in range(round(REMEMBERED_MS / 1000 / TICK_S)):
        await measured.late(0)

    assert (was_stuck, measured.lag.is_stuck()) == (True, False)


async def test_a_loop_that_has_not_woken_its_measurement_is_stuck_before_that_is_measured(
    measured: Measured,
) -> None:
    measured.clock.pass_s(TICK_S + STUCK_S)

    assert measured.told == []
    assert measured.lag.is_stuck()
