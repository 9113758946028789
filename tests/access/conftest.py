"""A bridge on a simulated Discord, and tokens in its database as the command line puts them there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp
import pytest
import pytest_asyncio

from bridge.app.bridge import RunningBridge
from bridge.sandbox import SandboxOptions, run_sandbox
from bridge.store.sqlite.sqlite import sqlite_database
from tests.acceptance.moved_time import MovedClock
from tests.tools.rows import a_token
from tests.tools.world import Api, bridge_on

Holder: TypeAlias = Callable[..., Awaitable[Api]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bridge")


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bridge(folder: Path, clock: MovedClock) -> AsyncIterator[RunningBridge]:
    async with (
        run_sandbox(SandboxOptions(video_seconds=0.1, accounts=2)) as sandbox,
        bridge_on(sandbox, folder, clock) as bridge,
    ):
        yield bridge


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        yield http


@pytest.fixture(scope="module")
def api(bridge: RunningBridge, http: aiohttp.ClientSession) -> Api:
    """A client with the full token."""
    return Api(bridge.url, http)


@pytest.fixture(scope="module")
def holder(bridge: RunningBridge, http: aiohttp.ClientSession, folder: Path, clock: MovedClock) -> Holder:
    """Return a client with a token that another process has created a second ago."""

    async def hold(text: str, **more: Any) -> Api:
        async with sqlite_database(folder / "bridge.db") as beside:
            await beside.write(lambda tx: a_token(tx, text, **more))
        clock.ahead_s += 1
        return Api(bridge.url, http, text)

    return hold
