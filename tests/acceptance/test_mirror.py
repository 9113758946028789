"""Finished videos are in the mirror: their records say where, and anyone with the address can fetch them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge, running
from bridge.app.server_options import server_options
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.logs import Redactor
from bridge.media import mirror
from bridge.media.download import MediaClient, fetched
from bridge.page.policy import policy
from bridge.sandbox import Sandbox
from bridge.store.files.media import MediaStore, Received
from tests.tools.databases import both_engines
from tests.tools.mirror import mirrored
from tests.tools.world import Api, Discord, Receiver, bridge_on, settings_for


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


async def test_a_cdn_that_fails_in_every_way_delays_no_end_and_costs_no_video(
    api: Api,
    http: aiohttp.ClientSession,
    discord: Discord,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(mirror, "PAUSES_S", (0,) * 8)
    await discord.fault("slow_download", delay_s=600)

    job = (await api.create("a cat", replyUrl=receiver.url)).body["jobid"]
    told = (await receiver.next())["job"]
    while_it_is_slow = (await api.job(job))["attachments"]
    for fault in ("missing_download", "cut_download", "short_download"):
        await discord.fault(fault)
    other = await mirrored(api, (await api.create("a dog")).body["jobid"])

    assert (told["jobid"], told["status"]) == (job, "completed")
    assert not all("mirror_url" in file for file in while_it_is_slow)
    assert await discord.faults() == []
    for file in other["attachments"]:
        kept = tmp_path / "videos" / file["mirror_url"].rpartition("/")[2]
        async with http.get(file["url"]) as whole:
            assert kept.read_bytes() == await whole.read()


async def test_two_bridges_on_postgresql_download_each_video_once(
    sandbox: Sandbox,
    http: aiohttp.ClientSession,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    downloads: list[str] = []

    async def counted(client: MediaClient, store: MediaStore, url: str, size: int) -> Received:
        downloads.append(url)
        return await fetched(client, store, url, size)

    monkeypatch.setattr(mirror, "fetched", counted)
    await Discord(sandbox, http).fault("slow_download", delay_s=0.1, times=4)
    shared: dict[str, Any] = {
        "database": postgres_url,
        "secret_key": "0" * 64,
        "media": {"mirror": str(tmp_path / "videos")},
    }

    async with (
        bridge_on(sandbox, tmp_path / "one", **shared) as one,
        bridge_on(sandbox, tmp_path / "two", **shared) as two,
    ):
        apis = Api(one.url, http), Api(two.url, http)
        made = [(await api.create("a cat")).body["jobid"] for api in apis]
        records = [await mirrored(api, job) for api, job in zip(apis, reversed(made), strict=True)]

    urls = [file["url"].partition("?")[0] for record in records for file in record["attachments"]]
    assert sorted(url.partition("?")[0] for url in downloads) == sorted(urls)
    assert len(list((tmp_path / "videos").glob("*.mp4"))) == len(urls)


async def test_a_mirror_behind_a_socks_proxy_starts_and_says_that_it_downloads_nothing(
    sandbox: Sandbox, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    media = {"mirror": str(tmp_path / "videos"), "public_url": "https://bridge.example/pixverse"}
    settings = settings_for(sandbox, tmp_path / "data", media=media, accounts=())
    discord = settings.discord.model_copy(update={"proxy": "socks5://127.0.0.1:9"})

    async with running(settings.model_copy(update={"discord": discord}), Redactor(SystemClock())) as bridge:
        told = (await Api(bridge.url, http).get("/v1/pixverse/health")).body["mirror"]

    assert not told["works"]
    assert "SOCKS" in told["reason"]


async def test_the_page_may_show_videos_from_the_public_address_of_the_mirror(tmp_path: Path) -> None:
    media = {"mirror": str(tmp_path / "videos"), "public_url": "https://bridge.example:8443/pixverse"}

    with_a_mirror = policy(server_options(Settings(media=media)).media)  # type: ignore[arg-type]
    without = policy(server_options(Settings(media={"public_url": media["public_url"]})).media)  # type: ignore[arg-type]

    assert "https://bridge.example:8443" in with_a_mirror.partition("media-src")[2].split()
    assert "bridge.example" not in without
