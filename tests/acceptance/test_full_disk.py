"""A disk that is really full: writes are refused, reads go on, and nothing that was accepted is lost."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.acceptance.tmpfs import fill, tmpfs
from tests.tools.processes import bridge_process, simulator
from tests.tools.world import Answer, Api

UNAVAILABLE = {"error": "The database is not available", "code": 503}


async def refused(api: Api) -> Answer:
    """Write until there is no room for it any more."""
    name = {"name": "x" * 1000}
    async with asyncio.timeout(30):
        while (answer := await api.call("POST", "/v2/account", json=name)).status == 200:
            continue
    return answer


async def logged(log: Path, words: str) -> None:
    async with asyncio.timeout(30):
        while words not in await asyncio.to_thread(log.read_text):
            await asyncio.to_thread(lambda: None)


async def submits(http: aiohttp.ClientSession, discord_url: str) -> list[Any]:
    async with http.get(f"{discord_url}/_sandbox/interactions") as response:
        return [row for row in await response.json() if row["accepted"]]


@pytest.mark.thorough
async def test_what_was_accepted_is_kept_and_what_was_heard_meanwhile_is_taken_afterwards(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    with tmpfs(tmp_path / "disk", "3m") as disk:
        folder = tmp_path / "bridge"
        async with (
            simulator(tmp_path / "discord", video_seconds=2.0) as discord,
            bridge_process(folder, discord.facts["discord"], BRIDGE_DATA_DIR=str(disk)) as bridge,
        ):
            api = Api(bridge.facts["url"], http)
            accepted = [await api.create(f"cat {n}") for n in range(3)]

            fill(disk)
            full = await refused(api)
            create = await api.create("one too many")
            await logged(folder / "log.txt", "heard_is_waiting")
            record = await api.job(accepted[0].body["jobid"])
            running = await api.get("/v1/pixverse/jobs")
            (disk / "ballast").unlink()
            ended = [await api.ended(answer.body["jobid"]) for answer in accepted]
            after = await api.create("a dog #slow=0.2")
            posts = await submits(http, discord.facts["url"])

    assert (full.status, full.body) == (create.status, create.body) == (503, UNAVAILABLE)
    assert int(full.headers["Retry-After"]) > 0
    assert (record["jobid"], running.status) == (accepted[0].body["jobid"], 200)
    assert [one["status"] for one in ended] == ["completed"] * 3
    assert after.status == 200
    assert len(posts) == 4
