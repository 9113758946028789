"""A reader that is too slow is let go, and finds everything when it comes back."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from bridge.api.http import stream
from bridge.feed import live
from tests.feed.conftest import LIMIT_S, TOKEN, World

TEXT = "x" * 1000


@pytest.fixture(params=[10, 1_000_000], ids=["its queue is full", "its socket is full"])
def backlog(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BACKLOG", request.param)


@pytest.fixture
async def slow(world: World, backlog: None) -> AsyncIterator[socket.socket]:
    """A client that has asked for the stream and reads when it is told to."""
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.setblocking(False)
    host, _, port = world.url.removeprefix("http://").partition("/")[0].partition(":")
    await asyncio.get_running_loop().sock_connect(slow, (host, int(port)))
    headers = f"Host: x\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    asked = f"GET /v1/pixverse/events HTTP/1.1\r\n{headers}".encode()
    await asyncio.get_running_loop().sock_sendall(slow, asked)
    await readers(world, 1)
    yield slow
    slow.close()


async def readers(world: World, count: int) -> None:
    """Return as soon as the feed has so many readers."""
    async with asyncio.timeout(LIMIT_S):
        while sum(map(len, world.feed._readers.values())) != count:
            await asyncio.to_thread(lambda: None)


async def left(slow: socket.socket) -> list[int]:
    """Read up to the end of the connection, and return the positions of the events that came whole."""
    said = b""
    with suppress(ConnectionError):
        while more := await asyncio.get_running_loop().sock_recv(slow, 65_536):
            said += more
    blocks = said.replace(b"\r\n", b"\n").split(b"\n\n")[:-1]
    return [int(block.rpartition(b"id: ")[2].split(b"\n")[0]) for block in blocks if b"data: " in block]


async def test_one_that_was_let_go_comes_back_without_a_hole(
    world: World, monkeypatch: pytest.MonkeyPatch, slow: socket.socket
) -> None:
    with monkeypatch.context() as impatient:
        impatient.setattr(stream, "WRITE_S", 0.2)
        for start in range(0, 6_000, 500):
            await world.write(*range(start, start + 500), text=TEXT)
            await world.given()
        await readers(world, 0)
    before = await left(slow)
    async with world.stream(before[-1] if before else 0) as blocks:
        after = await blocks.ids(6_000 - len(before))

    assert before + after == list(range(1, 6_001))
    assert len(before) < 6_000
