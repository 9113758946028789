"""A proxy carries everything, pictures too."""

from dataclasses import replace
from pathlib import Path

from aiohttp import web

from bridge.chat import File, SlashCommand
from bridge.clock import SystemClock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Taken
from tests.sessions.conftest import HERE, QUICK, Stored, send, until
from tests.sessions.fake_discord import TOKEN, FakeDiscord
from tests.sessions.socks_proxy import a_socks_proxy


async def test_a_picture_takes_the_socks_proxy_that_everything_else_takes(
    discord: FakeDiscord, endpoint: Endpoint, tmp_path: Path
) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"png" * 100_000)
    ports: dict[str, int] = {}

    async def noted(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        ports[request.method] = request.transport.get_extra_info("peername")[1]
        return web.Response(status=204 if request.method == "POST" else 200)

    discord.handlers = {"PUT /storage": noted, "POST /interactions": noted}
    async with (
        a_socks_proxy() as proxy,
        SelfbotSessions(replace(endpoint, proxy=proxy.url), SystemClock(), pacing=QUICK) as sessions,
    ):
        session = sessions.open(TOKEN, HERE, Stored())
        await until(session, "connected")
        file = File("cat.png", str(path), 300_000, "image/png")
        sent = await send(session, SlashCommand(None, "create", {"prompt": "a cat", "image": file}), "1")

    assert isinstance(sent, Taken)
    assert discord.requests("PUT /storage/0") == [b"png" * 100_000]
    assert set(ports) == {"PUT", "POST"}
    assert set(ports.values()) <= proxy.ports
