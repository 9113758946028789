"""A process that stands still while a POST connects does not send it when it goes on too late."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.tools.python_path import python_path

LEAVE_WITHIN_S = 1.0
CHILD = f"""
import asyncio, sys
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.selfbot.identity import Identity
from bridge.sessions.selfbot.one_post import NeverSent, NoAnswer, OnePost

async def main():
    endpoint = Endpoint("http://discord.test/api", proxy=f"socks5h://127.0.0.1:{{sys.argv[1]}}")
    post = OnePost(endpoint, Identity("token"), 10)
    try:
        print((await post.post({{"type": 3}}, {LEAVE_WITHIN_S})).status)
    except (NeverSent, NoAnswer) as error:
        print(type(error).__name__)
    await post.aclose()

asyncio.run(main())
"""
TAKES_NO_PASSWORD, IS_CONNECTED = b"\x05\x00", b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"


class Socks:
    """A SOCKS proxy with a Discord behind it; `pause_s`: for how long it lets a client stand still."""

    def __init__(self, pause_s: float) -> None:
        self.pause_s = pause_s
        self.received = b""
        self.client: asyncio.subprocess.Process | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(3)
        writer.write(TAKES_NO_PASSWORD)
        await reader.read(100)
        assert self.client is not None
        if self.pause_s:
            os.kill(self.client.pid, signal.SIGSTOP)
            await asyncio.sleep(self.pause_s)
        writer.write(IS_CONNECTED)
        await writer.drain()
        os.kill(self.client.pid, signal.SIGCONT)
        self.received = await reader.read(1_000)
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()


@asynccontextmanager
async def listening(socks: Socks) -> AsyncIterator[int]:
    async with await asyncio.start_server(socks.serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("pause_s", "told", "is_sent"),
    [(0, {b"204\n"}, True), (2 * LEAVE_WITHIN_S, {b"NoAnswer\n", b"NeverSent\n"}, False)],
)
async def test_a_post_does_not_leave_after_its_time(pause_s: float, told: set[bytes], is_sent: bool) -> None:
    """What is told then depends on whether libcurl first sees its connection or its time."""
    socks = Socks(pause_s)

    async with asyncio.timeout(30), listening(socks) as port:
        socks.client = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CHILD, str(port)),
            env={**os.environ, "PYTHONPATH": python_path()},
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await socks.client.communicate()

    assert printed in told
    assert (b"POST /api/v9/interactions" in socks.received) is is_sent
