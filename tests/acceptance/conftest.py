"""Fixtures of the acceptance tests: everything is real but Discord, which is the simulator."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox, SandboxOptions, run_sandbox
from tests.tools.world import Api, Discord, Receiver, a_receiver, bridge_on


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(SandboxOptions(video_seconds=0.3, accounts=9)) as sandbox:
        yield sandbox


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        yield http


@pytest.fixture
async def bridge(sandbox: Sandbox, tmp_path: Path, engine: dict[str, Any]) -> AsyncIterator[RunningBridge]:
    async with bridge_on(sandbox, tmp_path, **engine) as bridge:
        yield bridge


@pytest.fixture
def api(bridge: RunningBridge, http: aiohttp.ClientSession) -> Api:
    return Api(bridge.url, http)


@pytest.fixture
def discord(sandbox: Sandbox, http: aiohttp.ClientSession) -> Discord:
    return Discord(sandbox, http)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as receiver:
        yield receiver
