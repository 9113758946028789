"""Fixtures of the client's tests: a simulated Discord, a bridge on it, and a client."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.app.bridge import RunningBridge
from bridge.client import Client
from bridge.sandbox import Sandbox, SandboxOptions, run_sandbox
from tests.tools.access import TOKEN
from tests.tools.world import bridge_on


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(SandboxOptions(video_seconds=0.3, accounts=3)) as sandbox:
        yield sandbox


@pytest.fixture
async def bridge(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[RunningBridge]:
    async with bridge_on(sandbox, tmp_path / "data") as bridge:
        yield bridge


@pytest.fixture
async def client(bridge: RunningBridge) -> AsyncIterator[Client]:
    async with Client(bridge.url, TOKEN) as client:
        yield client
