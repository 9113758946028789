"""A bridge that is asked to stop lets everyone out within ten seconds; asked twice, it leaves at once."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.tools.processes import Running, bridge_process, simulator
from tests.tools.world import Api

WITHIN_S = 30.0


class SlowReceiver:
    """Holds its answers back until it is told to give them."""

    def __init__(self) -> None:
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.times_asked = 0

    async def handle(self, _request: web.Request) -> web.Response:
        self.was_asked.set()
        self.times_asked += 1
        await self.may_answer.wait()
        return web.Response()


@pytest.fixture
async def slow() -> AsyncIterator[tuple[SlowReceiver, str]]:
    receiver = SlowReceiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield receiver, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


async def exit_code(running: Running) -> int:
    async with asyncio.timeout(WITHIN_S):
        return await running.process.wait()


async def whole_stream(api: Api, is_open: asyncio.Event) -> bytes:
    headers = {"Authorization": f"Bearer {api.token}"}
    async with api.http.get(f"{api.url}/v1/pixverse/events", headers=headers) as response:
        first = await response.content.readuntil(b"\n\n")
        is_open.set()
        return first + await response.read()


async def test_all_are_let_out_when_it_is_asked_to_stop(
    tmp_path: Path, http: aiohttp.ClientSession, slow: tuple[SlowReceiver, str]
) -> None:
    receiver, url = slow
    async with simulator(tmp_path / "discord", video_seconds=0.2) as discord:
        world = discord.facts["discord"]
        async with bridge_process(tmp_path / "bridge", world, BRIDGE_JOBS__PATIENCE_S="60") as bridge:
            api, is_open = Api(bridge.facts["url"], http), asyncio.Event()
            stream = asyncio.create_task(whole_stream(api, is_open))
            await is_open.wait()
            await api.create("a cat", replyUrl=url)
            waiting = asyncio.create_task(api.create("a dog #silent"))
            await receiver.was_asked.wait()
            await taken(api, 1)

            bridge.process.send_signal(signal.SIGTERM)
            answer = await waiting
            streamed = await stream
            receiver.may_answer.set()
            code = await exit_code(bridge)

        async with bridge_process(tmp_path / "bridge", world) as again:
            api = Api(again.facts["url"], http)
            kept = await api.job(answer.body["jobid"])
            callbacks = (await api.get("/v1/pixverse/callbacks")).body["callbacks"]

    assert code == 0
    assert (answer.status, answer.body["status"]) == (200, "created")
    assert streamed.startswith(b"retry: ")
    assert streamed.rstrip(b"\n").rpartition(b"\n")[2].startswith(b"retry: ")
    assert kept["status"] == "created"
    assert [(one["state"], len(one["attempts"])) for one in callbacks] == [("delivered", 1)]
    assert receiver.times_asked == 1


@asynccontextmanager
async def half_a_request(api: Api) -> AsyncIterator[None]:
    """Begin a submit and never end it: the API waits for as long as it may."""
    host, port = api.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /v1/pixverse/create HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{".encode())
    await writer.drain()
    try:
        yield
    finally:
        writer.close()


async def posts(http: aiohttp.ClientSession, world: Any) -> int:
    async with http.get(f"{world['cdn_url']}/_sandbox/interactions") as response:
        return len(await response.json())


async def test_no_account_sends_any_more_while_the_api_waits_for_a_client(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with simulator(tmp_path / "discord", video_seconds=0.2) as discord:
        world = discord.facts["discord"]
        more = {"BRIDGE_JOBS__PATIENCE_S": "0", "BRIDGE_JOBS__PACE_S": "0.5"}
        async with bridge_process(tmp_path / "bridge", world, **more) as bridge:
            api = Api(bridge.facts["url"], http)
            for number in range(8):
                await api.create(f"{number} cats of another kind #silent")
            async with half_a_request(api):
                before = await posts(http, world)
                bridge.process.send_signal(signal.SIGTERM)
                code = await exit_code(bridge)
        after = await posts(http, world)

    assert before < 7
    assert after - before <= 1
    assert code == 0


@pytest.mark.thorough
async def test_all_that_hangs_at_once_is_let_go_in_time(
    tmp_path: Path, http: aiohttp.ClientSession, slow: tuple[SlowReceiver, str]
) -> None:
    receiver, url = slow
    async with simulator(tmp_path / "discord", video_seconds=0.2) as discord:
        world = discord.facts["discord"]
        async with bridge_process(tmp_path / "bridge", world, BRIDGE_JOBS__PATIENCE_S="0") as bridge:
            api = Api(bridge.facts["url"], http)
            await api.create("a cat", replyUrl=url)
            await receiver.was_asked.wait()
            fault = {"fault": "rest", "route": "/interactions", "hang_s": 60}
            async with http.post(f"{world['cdn_url']}/_sandbox/faults", json=fault):
                await api.create("a dog")
            async with half_a_request(api):
                async with asyncio.timeout(WITHIN_S):
                    while await posts(http, world) < 2:
                        pass
                bridge.process.send_signal(signal.SIGTERM)
                code = await exit_code(bridge)
        receiver.may_answer.set()

    assert code == 0


async def taken(api: Api, count: int) -> None:
    """Return when so many jobs are executing."""
    async with asyncio.timeout(WITHIN_S):
        while len((await api.get("/v1/pixverse/jobs")).body) != count:
            pass


@pytest.mark.thorough
async def test_a_receiver_that_hangs_holds_nobody_up_and_is_asked_again(
    tmp_path: Path, http: aiohttp.ClientSession, slow: tuple[SlowReceiver, str]
) -> None:
    hanging, url = slow
    async with simulator(tmp_path / "discord", video_seconds=0.2) as discord:
        world = discord.facts["discord"]
        async with bridge_process(tmp_path / "bridge", world) as bridge:
            await Api(bridge.facts["url"], http).create("a cat", replyUrl=url)
            await hanging.was_asked.wait()
            hanging.was_asked.clear()

            bridge.process.send_signal(signal.SIGTERM)
            code = await exit_code(bridge)

        async with bridge_process(tmp_path / "bridge", world):
            async with asyncio.timeout(WITHIN_S):
                await hanging.was_asked.wait()
            hanging.may_answer.set()

    assert code == 0


async def test_a_second_signal_does_not_wait(
    tmp_path: Path, http: aiohttp.ClientSession, slow: tuple[SlowReceiver, str]
) -> None:
    hanging, url = slow
    async with (
        simulator(tmp_path / "discord", video_seconds=0.2) as discord,
        bridge_process(tmp_path / "bridge", discord.facts["discord"]) as bridge,
    ):
        api, is_open = Api(bridge.facts["url"], http), asyncio.Event()
        stream = asyncio.create_task(whole_stream(api, is_open))
        await is_open.wait()
        await api.create("a cat", replyUrl=url)
        await hanging.was_asked.wait()

        bridge.process.send_signal(signal.SIGTERM)
        await stream
        bridge.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            code = await bridge.process.wait()

    assert code == 128 + signal.SIGTERM
