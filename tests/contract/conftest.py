"""One world for all rows of a file: the rows are many, and each leaves the world as it found it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox, SandboxOptions, run_sandbox
from tests.tools.world import Api, Discord, Receiver, a_receiver, bridge_on


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(SandboxOptions(video_seconds=0.2, accounts=4)) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        yield http


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bridge(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningBridge]:
    async with bridge_on(sandbox, tmp_path_factory.mktemp("bridge")) as bridge:
        yield bridge


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def api(bridge: RunningBridge, http: aiohttp.ClientSession) -> Api:
    return Api(bridge.url, http)


@pytest.fixture(scope="module")
def discord(sandbox: Sandbox, http: aiohttp.ClientSession) -> Discord:
    return Discord(sandbox, http)
