"""Sweeps of an account, one after another."""

import asyncio

from bridge.account import RunningAccount
from tests.flows.conftest import Rig


async def swept(rig: Rig, running: RunningAccount, times: int = 1) -> None:
    """Let an account sweep."""
    for _ in range(times):
        sweeping = asyncio.create_task(running._sweep_once())
        rig.clock.pass_s(await rig.clock.sleeper_s())
        async with asyncio.timeout(5):
            await sweeping
