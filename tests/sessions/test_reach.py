"""Whether Discord is reached at all is asked without a token."""

import pytest
from aiohttp import web

from bridge.clock import SystemClock
from bridge.sandbox import SandboxOptions, run_sandbox
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions


async def reaches(api_url: str) -> bool:
    async with SelfbotSessions(Endpoint(api_url), SystemClock()) as sessions:
        return await sessions.reaches_discord()


async def test_discord_is_reached_when_it_answers() -> None:
    async with run_sandbox(SandboxOptions(video_seconds=0.3, accounts=1)) as sandbox:
        assert await reaches(sandbox.world()["api_url"])


async def test_discord_is_not_reached_when_nobody_listens(unused_tcp_port: int) -> None:
    assert not await reaches(f"http://127.0.0.1:{unused_tcp_port}/api")


@pytest.mark.parametrize("status", [403, 429, 502])
async def test_the_page_of_a_proxy_is_no_answer_of_discord(status: int) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>no</html>")

    app = web.Application()
    app.router.add_get("/{path:.*}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        assert not await reaches(f"http://127.0.0.1:{port}/api")
    finally:
        await runner.cleanup()
