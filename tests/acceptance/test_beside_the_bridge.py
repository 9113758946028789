"""A command that reads or writes the database beside a bridge that runs takes nothing from it."""

import asyncio
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.tools.access import TOKEN
from tests.tools.processes import ROOT, bridge_process, simulator
from tests.tools.world import Api

pytestmark = pytest.mark.thorough


async def webhook_secret(data: Path, *more: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge", "webhook-secret", *more),
        env={
            "PATH": "/usr/bin",
            "PYTHONPATH": str(ROOT),
            "BRIDGE_DATA_DIR": str(data),
            "BRIDGE_API_TOKEN": TOKEN,
        },
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0


@pytest.mark.parametrize("more", [(), ("rotate",)])
async def test_a_job_accepted_after_the_secret_was_shown_outlives_a_kill(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    folder = tmp_path / "bridge"
    async with simulator(tmp_path / "discord", video_seconds=1.0) as discord, aiohttp.ClientSession() as http:
        async with bridge_process(folder, discord.facts["discord"]) as bridge:
            api = Api(bridge.facts["url"], http)
            await api.create("a cat")
            await webhook_secret(folder / "data", *more)
            accepted = await api.create("a dog")
            await bridge.kill()

        async with bridge_process(folder, discord.facts["discord"]) as again:
            record = await Api(again.facts["url"], http).ended(accepted.body["jobid"])

    assert record["status"] == "completed"
