"""Clients that are slow at something, or read nothing: each is cut, and one that works at its pace is not."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiohttp.http_writer import StreamWriter
from structlog.testing import capture_logs

from bridge.api.http import request_body
from bridge.api.http.options import Limits
from bridge.api.http.pieces import PIECE
from tests.server.conftest import CREATE, HEALTH, LIMIT_S, Serve, Served, is_cut
from tests.tools.access import TOKEN

LARGE = "/docs/swagger-ui-bundle.js"
HEAD = f"Host: bridge\r\nAuthorization: Bearer {TOKEN}\r\n"
SHORT = Limits(idle_s=0.2, linger_s=0.2, reads_nothing_s=0.2)
TAKING_REQUESTS = Limits(idle_s=30, linger_s=0.2, reads_nothing_s=0.2)
"""For what is answered: on a busy machine a request may take longer than a head that is cut."""
MOST_S = 150.0
"""After this at the latest every slow client is cut."""


def test_the_limits_of_each_step_add_up_to_less_than_150_seconds() -> None:
    limits = Limits()

    assert limits.handshake_s + limits.idle_s < MOST_S
    assert request_body.LIMIT_S + limits.linger_s < MOST_S
    assert limits.answer_s + limits.reads_nothing_s < MOST_S


@pytest.mark.parametrize(
    "begun", ["", "G", f"GET {HEALTH} HTTP/1.1\r\n", f"GET {HEALTH} HTTP/1.1\r\n{HEAD}X-Slow: "]
)
async def test_a_head_that_does_not_come_is_cut(serve: Serve, begun: str) -> None:
    async with serve(limits=SHORT) as server:
        assert await server.replies(begun.encode()) == []


async def test_a_head_that_comes_byte_by_byte_is_cut(serve: Serve) -> None:
    async with serve(limits=SHORT) as server, asyncio.timeout(LIMIT_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"GET {HEALTH} HTTP/1.1\r\nX: ".encode())
        ended = asyncio.ensure_future(reader.read())
        while not ended.done():
            writer.write(b"a")
            await asyncio.wait({ended}, timeout=0.01)
        writer.close()

    assert ended.exception() is not None or ended.result() == b""


async def test_a_connection_without_a_next_request_is_closed(serve: Serve) -> None:
    async with serve(limits=Limits(idle_s=1.0)) as server:
        [reply] = await server.replies(f"GET {HEALTH} HTTP/1.1\r\n{HEAD}\r\n".encode())

    assert reply.status == 200


@pytest.mark.parametrize(
    "framing", ["Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{"]
)
async def test_a_body_that_does_not_come_is_408_and_ends_the_connection(
    serve: Serve, framing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "LIMIT_S", 0.2)
    request = f"POST {CREATE} HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\n{framing}"

    async with serve(limits=TAKING_REQUESTS) as server:
        [reply] = await server.replies(request.encode())

    assert (reply.status, reply.headers["connection"]) == (408, "close")


@pytest.mark.parametrize("is_reset", [False, True])
@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=b"])
async def test_a_client_that_leaves_while_its_body_is_read_costs_no_line(
    serve: Serve, caplog: pytest.LogCaptureFixture, content_type: str, *, is_reset: bool
) -> None:
    head = f"{HEAD}Content-Type: {content_type}\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"

    with capture_logs() as logs:
        async with serve(limits=TAKING_REQUESTS, is_access_logged=False) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(f"POST {CREATE} HTTP/1.1\r\n{head}--b\r\n".encode())
            await reader.readuntil(b" 100 Continue\r\n\r\n")
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", is_reset, 0)
            )
            writer.close()
            await server.ask("GET", HEALTH)

    assert (logs, caplog.records) == ([], [])


@pytest.mark.parametrize("path", [HEALTH, "/v1/nothing", "/nothing"])
async def test_a_body_that_nobody_reads_is_not_waited_for(serve: Serve, path: str) -> None:
    request = f"POST {path} HTTP/1.1\r\n{HEAD}Content-Length: 1000000000\r\n\r\na"

    async with serve(limits=TAKING_REQUESTS) as server:
        [reply] = await server.replies(request.encode())

    assert reply.status in (404, 405)


async def test_a_client_that_reads_nothing_of_its_answers_is_cut(serve: Serve) -> None:
    async with serve(limits=SHORT) as server:
        with asking(server, LARGE, 300) as client:
            await is_cut(client)


async def test_a_client_that_reads_too_little_of_an_answer_is_cut(serve: Serve) -> None:
    limits = Limits(reads_nothing_s=0.1, answer_s=0.4)

    async with serve(limits=limits) as server:
        with asking(server, LARGE, 300) as client:
            size = await read_all(client, 256, 0.001)

    assert 0 < size < 1_000_000


async def test_a_client_that_reads_slowly_gets_everything(serve: Serve) -> None:
    async with serve(limits=Limits(idle_s=1.0, reads_nothing_s=2.0)) as server:
        whole = len((await server.ask("GET", LARGE)).body)
        with asking(server, LARGE, 1) as client:
            size = await read_all(client, 65_536, 0.001)

    assert size > whole


@contextmanager
def asking(server: Served, path: str, count: int) -> Iterator[socket.socket]:
    """Give a connection that has asked so often, and whose system holds little of what it does not read."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect(("127.0.0.1", server.port))
        client.sendall(f"GET {path} HTTP/1.1\r\n{HEAD}\r\n".encode() * count)
        client.setblocking(False)
        yield client


async def read_all(client: socket.socket, most: int, pause_s: float) -> int:
    """Return how much comes until the connection ends, read piece by piece."""
    loop, size = asyncio.get_running_loop(), 0
    try:
        while piece := await loop.sock_recv(client, most):
            size += len(piece)
            await asyncio.sleep(pause_s)
    except ConnectionError:
        return size
    return size


async def test_a_large_answer_that_nobody_reads_is_kept_in_pieces(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    write = StreamWriter.write

    async def counted(writer: StreamWriter, chunk: bytes, **more: Any) -> None:
        written.append(len(chunk))
        await write(writer, chunk, **more)

    monkeypatch.setattr(StreamWriter, "write", counted)
    async with serve(limits=SHORT) as server:
        with asking(server, LARGE, 1) as client:
            await is_cut(client)

    assert max(written) <= PIECE
    assert sum(written) < 1_000_000
