"""Finished videos are in the mirror: their records say where, and anyone with the address can fetch them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from tests.tools.databases import both_engines
from tests.tools.mirror import mirrored
from tests.tools.world import Api, bridge_on


@pytest.fixture
async def bridge(sandbox: Sandbox, tmp_path: Path, engine: dict[str, Any]) -> AsyncIterator[RunningBridge]:
    settings: dict[str, Any] = {
        "server": {"port": 0, "base_path": "/pixverse"},
        "media": {"mirror": str(tmp_path / "videos")},
    }
    async with bridge_on(sandbox, tmp_path / "data", **settings, **engine) as bridge:
        yield bridge


@both_engines
async def test_the_four_videos_of_a_job_are_each_in_the_mirror(
    api: Api, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    job = (await api.create("four cats [videos:4]")).body["jobid"]

    record = await mirrored(api, job)

    for file in record["attachments"]:
        async with http.get(file["url"]) as discord, http.get(api.url + file["mirror_url"][9:]) as mirror:
            assert await mirror.read() == await discord.read()
        assert file["mirror_url"].startswith("/pixverse/media/")
    assert len({file["mirror_url"] for file in record["attachments"]}) == len(record["attachments"])
    assert list((tmp_path / "videos" / "incoming").iterdir()) == []


async def test_the_history_and_the_stream_tell_of_the_mirror_too(api: Api) -> None:
    job = (await api.create("a cat")).body["jobid"]
    record = await mirrored(api, job)

    history = (await api.get("/v1/pixverse/jobs/history")).body["jobs"][0]
    streamed = await api.ended(job)

    assert history["attachments"] == streamed["attachments"] == record["attachments"]


async def test_the_health_says_that_the_mirror_works(api: Api) -> None:
    await mirrored(api, (await api.create("a cat")).body["jobid"])

    told = (await api.get("/v1/pixverse/health")).body["mirror"]

    assert (told["works"], told["reason"], told["waiting"]) == (True, None, 0)
