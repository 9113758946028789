"""Fixtures of the MCP server's tests: one bridge on a simulated Discord, and an agent's program."""

from collections.abc import AsyncIterator

import mcp
import pytest
import pytest_asyncio
from mcp.server.mcpserver import MCPServer

from bridge.app.bridge import RunningBridge
from bridge.client import Client
from bridge.mcp.server import server_of
from bridge.sandbox import SandboxOptions, run_sandbox
from tests.tools.access import TOKEN
from tests.tools.world import bridge_on


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bridge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningBridge]:
    """One for all tests of a file: no job of one is that of another."""
    async with (
        run_sandbox(SandboxOptions(video_seconds=0.3)) as sandbox,
        bridge_on(sandbox, tmp_path_factory.mktemp("bridge")) as bridge,
    ):
        yield bridge


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(bridge: RunningBridge) -> AsyncIterator[Client]:
    async with Client(bridge.url, TOKEN, retry_s=0) as client:
        yield client


@pytest.fixture(scope="module")
def server(client: Client) -> MCPServer:
    return server_of(client, reads_files=True)


@pytest.fixture
def agent(server: MCPServer) -> mcp.Client:
    """Return an agent's program that is not connected yet: it has to be opened in the test's own task."""
    return mcp.Client(server)
