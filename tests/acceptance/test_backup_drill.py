"""A drill by the command line: a backup under load, a power cut, a restore elsewhere, and a start."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.tools.command_line import run
from tests.tools.processes import bridge_process, simulator
from tests.tools.world import LIMIT_S, TERMINAL, Api, Receiver

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(300)]
BEFORE, DURING, AFTER = range(3), range(3, 6), range(6, 9)


async def test_a_restored_bridge_sends_nothing_twice_and_tells_every_end(
    tmp_path: Path, http: aiohttp.ClientSession, receiver: Receiver
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    async with simulator(tmp_path / "discord", video_seconds=2.0) as discord:
        world = discord.facts["discord"]
        async with bridge_process(old, world) as first:
            api = Api(first.facts["url"], http)
            jobs = [await submitted(api, receiver, number) for number in BEFORE]
            making = asyncio.create_task(
                asyncio.to_thread(
                    run, "backup", "../b.tar.gz", "--with-key", "--data-dir", "data", folder=old
                )
            )
            await asyncio.gather(*(submitted(api, receiver, number) for number in DURING))
            made = await making
            for number in AFTER:
                await submitted(api, receiver, number)
            await first.kill()
        checked = await asyncio.to_thread(run, "verify", "b.tar.gz", folder=tmp_path)
        done = await asyncio.to_thread(run, "restore", "b.tar.gz", "--data-dir", "new/data", folder=tmp_path)

        async with bridge_process(new, world) as second:
            api = Api(second.facts["url"], http)
            records = [await ended(api, job) for job in jobs]
            told: dict[str, set[str]] = {}
            while not told.keys() >= set(jobs):
                callback = await receiver.next()
                told.setdefault(callback["job"]["jobid"], set()).add(callback["id"])
            runs = await prompts_run(http, discord.facts["url"])
            videos = [record["attachments"][0]["url"] for record in records]

    assert (made.returncode, checked.returncode, done.returncode) == (0, 0, 0), made.stderr + done.stderr
    assert [record["status"] for record in records] == ["completed"] * len(jobs)
    assert [len(told[job]) for job in jobs] == [1] * len(jobs)
    assert len(set(videos)) == len(jobs)
    assert max(runs.values()) == 1


async def submitted(api: Api, receiver: Receiver, number: int) -> str:
    """Order a video and return its job."""
    job: str = (await api.create(f"a cat in room {number}", replyUrl=receiver.url)).body["jobid"]
    return job


async def ended(api: Api, job: str) -> Any:
    """Return a job's record at its end: of one that had ended in the backup, no stream tells anything."""
    async with asyncio.timeout(LIMIT_S):
        while (record := await api.job(job))["status"] not in TERMINAL:
            pass
    return record


async def prompts_run(http: aiohttp.ClientSession, discord_url: str) -> Counter[Any]:
    async with http.get(f"{discord_url}/_sandbox/interactions") as response:
        return Counter(row["options"]["prompt"] for row in await response.json() if row["accepted"])
