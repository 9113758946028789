"""A bridge below a path, behind nginx and behind Caddy as `deploy/` configures them."""

import os
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from urllib.parse import urljoin, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from bridge.client import Client, Rejected
from bridge.config.settings import Settings
from bridge.sandbox import SandboxOptions, run_sandbox
from tests.tools.access import TOKEN
from tests.tools.mirror import mirrored
from tests.tools.pictures import png
from tests.tools.proxies import PLANS, Plan, is_installed, proxy_of
from tests.tools.world import Api, Discord, bridge_on

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGEST = Settings().uploads.max_bytes
NITRO = 2
BROWSER = {"Accept": "text/html"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bridge_port(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[int]:
    folder = tmp_path_factory.mktemp("bridge")
    server = {
        "port": 0,
        "base_path": "/pixverse",
        "hosts": ["127.0.0.1"],  # a proxy that named another host would get 421
        "trusted_proxies": ["127.0.0.1"],
    }
    media = {"mirror": str(folder / "videos")}
    async with run_sandbox(SandboxOptions(video_seconds=0.1, accounts=1)) as sandbox:
        async with aiohttp.ClientSession() as http:
            # Without a subscription, Discord itself takes half as much as the bridge.
            await Discord(sandbox, http).subscribe(sandbox.world()["accounts"][0]["user_id"], NITRO)
        async with bridge_on(sandbox, folder / "data", server=server, media=media) as bridge:
            port = urlsplit(bridge.url).port
            assert port is not None
            yield port


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=sorted(PLANS))
async def proxy(
    request: pytest.FixtureRequest, bridge_port: int, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Plan]:
    if not is_installed(request.param):
        reason = f"{request.param} is not installed: scripts/setup_proxies"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    async with proxy_of(request.param, bridge_port, tmp_path_factory.mktemp("proxy")) as plan:
        yield plan


@pytest_asyncio.fixture(loop_scope="module")
async def http(proxy: Plan) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(ssl=proxy.context or True)
    async with aiohttp.ClientSession(connector=connector) as http:
        yield http


@asynccontextmanager
async def client_of(proxy: Plan) -> AsyncIterator[Client]:
    async with Client(proxy.url, TOKEN, ssl_context=proxy.context) as client:
        yield client


async def test_a_video_is_made_awaited_and_fetched_from_the_mirror(
    proxy: Plan, http: aiohttp.ClientSession
) -> None:
    async with client_of(proxy) as client:
        job = await client.wait(await client.create("a cat", style="Anime"))

    record = await mirrored(Api(proxy.url, http), job.id)
    video = record["attachments"][0]
    async with http.get(urljoin(proxy.url, video["mirror_url"])) as answer:
        content = await answer.read()

    assert job.status == "completed"
    assert (answer.status, len(content)) == (200, video["size"])


async def told_of(api: Api, job_id: str) -> AsyncGenerator[str, None]:
    async for record in api.records(job_id, position=0):
        yield record["status"]


async def test_an_event_arrives_when_it_happens(proxy: Plan, http: aiohttp.ClientSession) -> None:
    api = Api(proxy.url, http)
    job_id = (await api.create("a cat that takes its time #slow=3600")).body["jobid"]

    async with aclosing(told_of(api, job_id)) as told:
        statuses = [await anext(told), await anext(told)]

    assert statuses == ["created", "started"]


async def test_a_picture_may_be_as_large_as_the_bridge_takes_it(proxy: Plan) -> None:
    picture = png(LARGEST - len(png(1)) + 1)

    async with client_of(proxy) as client:
        job = await client.animate(picture)
        with pytest.raises(Rejected, match="image is too large") as refused:
            await client.animate(png(LARGEST))

    assert len(picture) == LARGEST
    assert job.raw["image"]["size"] == LARGEST
    assert refused.value.status == 400


async def test_a_browser_finds_all_of_the_page_below_the_path(
    proxy: Plan, http: aiohttp.ClientSession
) -> None:
    async with http.get(proxy.url, headers=BROWSER) as page:
        text = await page.text()
    links = {urljoin(str(page.url), link) for link in re.findall(r'(?:src|href)="([^"#]+)"', text)}

    statuses = {}
    for link in links:
        async with http.get(link) as answer:
            statuses[link] = answer.status

    assert str(page.url) == proxy.url + "/"
    assert links
    assert all(link.startswith(proxy.url) for link in links)
    assert set(statuses.values()) == {200}


async def test_the_description_leads_to_the_api_below_the_path(
    proxy: Plan, http: aiohttp.ClientSession
) -> None:
    async with http.get(proxy.url + "/openapi.json") as answer:
        described = await answer.json()

    (server,) = described["servers"]
    path = next(path for path in described["paths"] if path.endswith("/health"))

    address = urljoin(str(answer.url), server["url"]).rstrip("/") + path
    assert address == proxy.url + path
