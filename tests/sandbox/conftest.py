"""A fresh simulator for each test, with videos that take next to no time."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bridge.sandbox import Sandbox, SandboxOptions, run_sandbox
from tests.tools.raw_user import RawUser


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(SandboxOptions(video_seconds=0.03)) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trust_env=False) as session:
        yield session


@pytest.fixture
def user(sandbox: Sandbox, http: aiohttp.ClientSession) -> RawUser:
    return RawUser(http, sandbox.world())


@pytest.fixture
def other(sandbox: Sandbox, http: aiohttp.ClientSession) -> RawUser:
    return RawUser(http, sandbox.world(), index=1)
