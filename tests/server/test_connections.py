"""How many connections there may be, in all and from one address, and what one too many gets."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from bridge.api.http import accepting
from bridge.api.http.connections import Connections, affordable, counted_as
from bridge.api.http.options import Limits
from bridge.api.http.sockets import limit_unread, reset
from tests.server.conftest import HEALTH, LIMIT_S, Reply, Serve, Served, is_cut, read_replies


@asynccontextmanager
async def connected(server: Served, address: str = "127.0.0.1") -> AsyncIterator[asyncio.StreamReader]:
    """Give a connection from an address of this machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, local_addr=(address, 0))
    try:
        yield reader
    finally:
        writer.close()


async def answer(reader: asyncio.StreamReader) -> Reply:
    async with asyncio.timeout(LIMIT_S):
        [reply] = [reply async for reply in read_replies(reader)]
    return reply


@pytest.mark.parametrize("limits", [Limits(connections=2), Limits(connections_per_address=2)])
async def test_one_connection_too_many_is_503_and_closed(serve: Serve, limits: Limits) -> None:
    async with (
        serve(limits=limits) as server,
        connected(server),
        connected(server),
        connected(server) as third,
    ):
        reply = await answer(third)

    assert json.loads(reply.body) == {"error": "Too many connections", "code": 503}
    assert (reply.status, reply.headers["connection"]) == (503, "close")
    assert (reply.headers["retry-after"], reply.headers["x-content-type-options"]) == ("10", "nosniff")


async def test_one_address_leaves_room_for_others(serve: Serve) -> None:
    async with (
        serve(limits=Limits(connections_per_address=2)) as server,
        connected(server, "127.0.0.2"),
        connected(server, "127.0.0.2"),
        connected(server, "127.0.0.2") as third,
    ):
        refused = await answer(third)
        others = await server.ask("GET", HEALTH)

    assert (refused.status, others.status) == (503, 200)


async def test_a_connection_that_ends_makes_room(serve: Serve) -> None:
    async with serve(limits=Limits(connections=1)) as server:
        statuses = [(await server.ask("GET", HEALTH)).status for _ in range(5)]

    assert statuses == [200] * 5


async def test_a_refused_client_that_sends_its_request_can_read_the_answer(serve: Serve) -> None:
    async with serve(limits=Limits(connections=1)) as server, connected(server):
        reply = await server.ask("POST", HEALTH, body=b"x" * 200_000)

    assert reply.status == 503


async def test_a_refused_client_that_stays_is_cut(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "REFUSED_S", 0.2)

    async with serve(limits=Limits(connections=1)) as server, connected(server):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            await is_cut(client)


async def test_where_too_many_refused_clients_stay_the_next_one_is_cut_unanswered(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "MOST_REFUSED", 1)

    async with (
        serve(limits=Limits(connections=1)) as server,
        connected(server),
        connected(server) as told,
        connected(server) as cut,
        asyncio.timeout(LIMIT_S),
    ):
        await told.readuntil(b"}")
        with pytest.raises(ConnectionError):
            await cut.read()


async def test_a_client_that_has_gone_leaves_no_error_and_no_count(serve: Serve) -> None:
    errors: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))

    async with serve(limits=Limits(connections=1)) as server:
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        while (reply := await server.ask("GET", HEALTH)).status != 200:
            pass

    assert (reply.status, errors) == (200, [])


async def test_a_connection_that_has_ended_can_be_limited_and_reset(serve: Serve) -> None:
    async with serve() as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()

        limit_unread(writer.transport, 1)
        reset(writer.transport)

    assert writer.transport.is_closing()


def test_connections_are_counted_by_address_and_network() -> None:
    assert counted_as("::ffff:192.0.2.1") == counted_as("192.0.2.1") == "192.0.2.1"
    assert counted_as("2001:db8:1:2::1") == counted_as("2001:db8:1:2:ffff::9") == "2001:db8:1:2::"
    assert counted_as("2001:db8:1:3::1") == "2001:db8:1:3::"
    assert counted_as("fe80::1%eth0") == "fe80::"


def test_the_count_of_an_address_is_forgotten_with_its_last_connection() -> None:
    connections = Connections(10, 1)

    assert connections.enter("a")
    assert not connections.enter("a")
    connections.leave("a")

    assert connections.enter("a")


def test_there_are_never_more_connections_than_half_of_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (1_024, 4_096))

    assert (affordable(4_096), affordable(100)) == (512, 100)
