"""A picture takes ten seconds to upload, and the bridge is stopped, killed or cut off meanwhile."""

import asyncio
import signal
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from tests.tools.pictures import png
from tests.tools.processes import Running, bridge_process, simulator
from tests.tools.verbs import send
from tests.tools.world import Api

UPLOAD_S: Final = 10.0
MOMENTS_S: Final = (0.0, 4.0, 9.0)
WITHIN_S: Final = 30.0

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(120)]


async def animate(api: Api, http: aiohttp.ClientSession, discord: Running) -> str:
    """Order a video of a picture; return the job when its upload has begun."""
    faults = f"{discord.facts['url']}/_sandbox/faults"
    await http.post(faults, json={"fault": "slow_upload", "delay_s": UPLOAD_S})
    answer = await send(api, "animate", ("image", png(), "a.png", "image/png"), prompt="a cat")
    async with asyncio.timeout(WITHIN_S):
        while await (await http.get(faults)).json():
            pass
    return str(answer.body["jobid"])


async def posts(http: aiohttp.ClientSession, discord: Running) -> list[Any]:
    async with http.get(f"{discord.facts['url']}/_sandbox/interactions") as response:
        return list(await response.json())


@pytest.mark.parametrize("moment_s", MOMENTS_S)
@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGKILL])
async def test_a_bridge_that_ends_during_an_upload_gets_the_video_after_its_next_start(
    tmp_path: Path, http: aiohttp.ClientSession, way: signal.Signals, moment_s: float
) -> None:
    async with simulator(tmp_path / "discord", video_seconds=0.3) as discord:
        world = discord.facts["discord"]
        async with bridge_process(tmp_path / "bridge", world, BRIDGE_JOBS__PATIENCE_S="0") as first:
            job_id = await animate(Api(first.facts["url"], http), http, discord)
            await asyncio.sleep(moment_s)
            first.process.send_signal(way)
            async with asyncio.timeout(WITHIN_S):
                await first.process.wait()
        posted_before = await posts(http, discord)

        async with bridge_process(tmp_path / "bridge", world) as second:
            record = await Api(second.facts["url"], http).ended(job_id)
            made = await posts(http, discord)

    assert posted_before == []
    assert (record["status"], len(record["attachments"])) == ("completed", 1)
    assert len(made) == 1


@pytest.mark.parametrize("moment_s", MOMENTS_S)
@pytest.mark.parametrize("forget", [True, False])
async def test_a_gateway_that_is_cut_during_an_upload_costs_no_job(
    tmp_path: Path, http: aiohttp.ClientSession, moment_s: float, *, forget: bool
) -> None:
    async with (
        simulator(tmp_path / "discord", video_seconds=0.3) as discord,
        bridge_process(tmp_path / "bridge", discord.facts["discord"], BRIDGE_JOBS__PATIENCE_S="0") as bridge,
    ):
        api = Api(bridge.facts["url"], http)
        job_id = await animate(api, http, discord)
        await asyncio.sleep(moment_s)
        cut = {"fault": "drop_gateway", "refuse_s": 2, "forget": forget}
        await http.post(f"{discord.facts['url']}/_sandbox/faults", json=cut)

        record = await api.ended(job_id)
        made = await posts(http, discord)

    assert record["status"] == "completed"
    assert len(made) == 1
