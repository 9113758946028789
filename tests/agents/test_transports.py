"""How an agent's program reaches the server: over stdin and stdout, and over HTTP on loopback."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import mcp
import pytest
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from starlette.types import ASGIApp

from bridge.app.bridge import RunningBridge
from bridge.cli.client.target import Given
from bridge.cli.serving_mcp import listening_at, serve, token_for
from bridge.client import Client
from bridge.errors import AddressError, ConfigurationError
from bridge.mcp.http import Access, app_of, hosts_of, serve_http
from tests.docs.pages import DOCS
from tests.tools.access import TOKEN
from tests.tools.python_path import python_path

pytestmark = pytest.mark.asyncio(loop_scope="module")
AGENTS_TOKEN = "a-token-for-agents"
ASK = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


async def test_an_agent_starts_the_command_and_talks_to_it(bridge: RunningBridge, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    own = {"BRIDGE_URL": bridge.url, "BRIDGE_TOKEN": TOKEN, "XDG_CONFIG_HOME": str(tmp_path)}
    shown = configuration_for_stdio()
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "bridge", *shown["args"]],
        env={**kept, **own, "PYTHONPATH": python_path()},
    )

    async with mcp.Client(command) as agent:
        tools = await agent.list_tools()
        health = await agent.call_tool("accounts_health")

    assert set(shown["env"]) <= set(own)
    assert "create_video" in {tool.name for tool in tools.tools}
    assert health.structured_content is not None
    assert health.structured_content["accounts"][0]["condition"] == "connected"


def configuration_for_stdio() -> Any:
    """Return the configuration of a program as the page shows it first."""
    page = (DOCS / "mcp.md").read_text(encoding="utf-8")
    block = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert block is not None
    shown = json.loads(block[1])["mcpServers"]["pixverse"]
    assert shown["command"] == "pixverse-bridge"
    return shown


async def test_an_agent_with_the_token_talks_to_it_over_http(client: Client) -> None:
    with listening_at("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        access = Access(hosts_of("127.0.0.1", port, ()), AGENTS_TOKEN)
        async with (
            asyncio.TaskGroup() as group,
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {AGENTS_TOKEN}"}, timeout=60) as http,
        ):
            serving = group.create_task(serve_http(client, listening, access))
            transport = streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http)
            async with mcp.Client(transport, mode="legacy") as agent:
                made = await agent.call_tool("create_single", {"prompt": "over HTTP"})
                path = await agent.call_tool("animate", {"picture": "/etc/hostname"})
            serving.cancel()

    assert made.structured_content is not None
    assert made.structured_content["prompt"] == "over HTTP"
    assert path.is_error


@pytest.mark.thorough
@pytest.mark.timeout(300)
async def test_a_process_that_serves_over_http_ends_well_when_it_is_asked_to(
    bridge: RunningBridge, tmp_path: Path
) -> None:
    async with over_http(bridge, tmp_path) as (process, url):
        async with mcp.Client(streamable_http_client(url), mode="legacy") as agent:
            tools = await agent.list_tools()
        process.terminate()
        async with asyncio.timeout(60):
            code = await process.wait()

    assert "create_video" in {tool.name for tool in tools.tools}
    assert code == 0


@asynccontextmanager
async def over_http(
    bridge: RunningBridge, folder: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run the command with a free port, and give the address that it says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    own = {"BRIDGE_URL": bridge.url, "BRIDGE_TOKEN": TOKEN, "XDG_CONFIG_HOME": str(folder)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge", "mcp", "--http", "--port", "0"),
        env={**kept, **own, "PYTHONPATH": python_path()},
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            said = (await process.stderr.readline()).decode()
        [url] = re.findall(r"http://\S+/mcp", said)
        yield process, url
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_port_that_is_taken_is_named_and_ends_the_command_with_4() -> None:
    with listening_at("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressError, match=f"127.0.0.1:{port}: another program already does") as refused:
            listening_at("127.0.0.1", port)

    assert refused.value.exit_code == 4


async def test_without_the_extra_the_command_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.cli.serving_mcp.find_spec", lambda _: None)

    with pytest.raises(ConfigurationError, match=r"pip install 'pixverse-bridge\[mcp\]'"):
        serve(Given(None, None, None, as_json=False), None)


@asynccontextmanager
async def started(app: ASGIApp) -> AsyncIterator[None]:
    """Start an application as a server does, and end it."""
    said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    answered: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        group.create_task(lifespan(app, said, answered))
        said.put_nowait({"type": "lifespan.startup"})
        assert (await answered.get())["type"] == "lifespan.startup.complete"
        yield
        said.put_nowait({"type": "lifespan.shutdown"})


async def lifespan(
    app: ASGIApp, said: "asyncio.Queue[dict[str, Any]]", answered: "asyncio.Queue[MutableMapping[str, Any]]"
) -> None:
    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, said.get, answered.put)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer another"}, 401),
        ({"Authorization": f"Bearer {AGENTS_TOKEN}", "Host": "evil.example"}, 421),
        ({"Authorization": f"Bearer {AGENTS_TOKEN}", "Origin": "http://evil.example"}, 403),
        ({"Authorization": f"Bearer {AGENTS_TOKEN}", "Origin": "http://localhost:3000"}, 403),
        ({"Authorization": f"Bearer {AGENTS_TOKEN}", "Origin": "http://localhost:8090"}, 200),
        ({"Authorization": f"Bearer {AGENTS_TOKEN}", "Host": "agents.example"}, 200),
    ],
)
async def test_who_may_ask_over_http_is_decided_by_token_host_and_origin(
    client: Client, headers: Mapping[str, str], status: int
) -> None:
    access = Access(hosts_of("127.0.0.1", 8090, ("agents.example",)), AGENTS_TOKEN)
    app = app_of(client, access)

    async with (
        started(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:8090") as http,
    ):
        answer = await http.post("/mcp", json=INITIALIZE, headers={**ASK, **headers})

    assert answer.status_code == status


async def test_beyond_loopback_a_token_is_required_and_it_must_not_be_short() -> None:
    assert token_for("127.0.0.1", {}) is None
    assert token_for("::1", {}) is None
    assert token_for("0.0.0.0", {"BRIDGE_MCP_TOKEN": AGENTS_TOKEN}) == AGENTS_TOKEN
    with pytest.raises(ConfigurationError, match="other machines"):
        token_for("0.0.0.0", {})
    with pytest.raises(ConfigurationError, match="at least 16"):
        token_for("127.0.0.1", {"BRIDGE_MCP_TOKEN": "short"})
