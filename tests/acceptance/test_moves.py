"""A bridge is moved to PostgreSQL and back while Discord works for it: nothing is lost or done twice."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.store.key_files import read_key_file
from tests.tools.moving import Killed, killed_at, moved
from tests.tools.processes import Running, bridge_process, simulator
from tests.tools.world import LIMIT_S, Api, Receiver

BATCHES = 6
"""After how many of them the first move is killed: about in the middle."""


class Reader:
    """Reads the event stream of one bridge after another, from where it was."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.resets = 0
        self.news = asyncio.Event()

    async def read(self, api: Api) -> None:
        """Read until the bridge ends."""
        with suppress(aiohttp.ClientError, TimeoutError):
            async for event in api.events(position=self.positions[-1] if self.positions else 0):
                if event.get("event") == "reset":
                    self.resets += 1
                else:
                    self.positions.append(int(event["id"]))
                    self.news.set()

    async def reaches(self, position: int) -> None:
        """Wait until a position has been read."""
        async with asyncio.timeout(LIMIT_S):
            while position not in self.positions:
                self.news.clear()
                await self.news.wait()


@pytest.mark.machines
@pytest.mark.timeout(120)
async def test_a_bridge_is_moved_there_and_back_while_discord_works_for_it(
    tmp_path: Path, http: aiohttp.ClientSession, receiver: Receiver, postgres_url: str
) -> None:
    receiver.statuses = [503] * 3
    reader, folder = Reader(), tmp_path / "bridge"
    old, new = folder / "data" / "bridge.db", folder / "data" / "back.db"
    on_postgres = {"BRIDGE_DATABASE": postgres_url}
    on_the_new_file = {"BRIDGE_DATABASE": str(new)}

    async with simulator(tmp_path / "discord", video_seconds=3.0) as discord, asyncio.TaskGroup() as tasks:
        world = discord.facts["discord"]
        async with bridge_process(folder, world) as first:
            tasks.create_task(reader.read(Api(first.facts["url"], http)))
            jobs = [await submitted(first, http, receiver, f"a cat {number}") for number in range(2)]
            await first.kill()
        keys = read_key_file(old.with_name("secret.key"))
        with pytest.raises(Killed):
            await asyncio.to_thread(moved, old, postgres_url, killed_at(BATCHES), keys)
        await asyncio.to_thread(moved, old, postgres_url, keys=keys)

        async with bridge_process(folder, world, **on_postgres) as second:
            tasks.create_task(reader.read(Api(second.facts["url"], http)))
            jobs.append(await submitted(second, http, receiver, "a dog"))
            second.process.terminate()
            await second.process.wait()
        await asyncio.to_thread(moved, postgres_url, new, keys=keys)

        async with bridge_process(folder, world, **on_the_new_file) as third:
            api = Api(third.facts["url"], http)
            reading = tasks.create_task(reader.read(api))
            records = [await api.ended(job) for job in jobs]
            told = [await receiver.next() for _ in jobs]
            page = (await api.get("/v1/pixverse/events", headers={"Accept": "application/json"})).body
            await reader.reaches(page["next"])
            reading.cancel()
            posts = await accepted(http, discord.facts["url"])

    assert [record["status"] for record in records] == ["completed"] * 3
    assert sorted(callback["job"]["jobid"] for callback in told) == sorted(jobs)
    assert len(posts) == len({record["attachments"][0]["url"] for record in records}) == 3
    assert len(page["events"]) > len(jobs)
    assert reader.positions == [event["id"] for event in page["events"]]
    assert reader.resets <= 1


async def submitted(bridge: Running, http: aiohttp.ClientSession, receiver: Receiver, prompt: str) -> str:
    """Order a video and return its job."""
    answer = await Api(bridge.facts["url"], http).create(prompt, replyUrl=receiver.url)
    job: str = answer.body["jobid"]
    return job


async def accepted(http: aiohttp.ClientSession, discord_url: str) -> list[Any]:
    async with http.get(f"{discord_url}/_sandbox/interactions") as response:
        return [row for row in await response.json() if row["accepted"]]
