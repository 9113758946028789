"""A request says once which host it is for, and where hosts are listed it is for one of them."""

import json

import pytest

from tests.server.conftest import HEALTH, Serve


@pytest.mark.parametrize("host", ["bridge.example", "BRIDGE.example.", "bridge.example:8080", "[::1]:99"])
async def test_a_listed_host_is_answered_with_any_port(serve: Serve, host: str) -> None:
    async with serve(hosts=("bridge.example", "[::1]")) as server:
        reply = await server.ask("GET", HEALTH, f"Host: {host}")

    assert reply.status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "bridge.example.evil.example", "bridge.example:1", "", "x:8443", "127.0.0.1"]
)
async def test_another_host_is_421_before_the_token_is_looked_at(serve: Serve, host: str) -> None:
    async with serve(hosts=("bridge.example:8443",)) as server:
        reply = await server.ask("GET", HEALTH, f"Host: {host}", "Authorization: none")

    assert reply.status == 421
    assert json.loads(reply.body) == {"error": "This server does not answer for this host", "code": 421}


async def test_the_host_of_an_absolute_target_counts(serve: Serve) -> None:
    async with serve(hosts=("bridge.example",)) as server:
        other = await server.ask("GET", f"http://evil.example{HEALTH}", "Host: bridge.example")
        ours = await server.ask("GET", f"http://bridge.example{HEALTH}", "Host: evil.example")

    assert (other.status, ours.status) == (421, 200)


async def test_without_a_list_every_host_is_answered(serve: Serve) -> None:
    async with serve() as server:
        assert (await server.ask("GET", HEALTH, "Host: anything.example:1")).status == 200


@pytest.mark.parametrize("lines", ["", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n"])
async def test_a_request_without_exactly_one_host_is_400(serve: Serve, lines: str) -> None:
    async with serve() as server:
        [reply] = await server.replies(f"GET {HEALTH} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())

    assert reply.status == 400


async def test_http_1_0_needs_no_host_unless_hosts_are_listed(serve: Serve) -> None:
    request = f"GET {HEALTH} HTTP/1.0\r\n\r\n".encode()

    async with serve() as open_server, serve(hosts=("bridge.example",)) as server:
        statuses = [(await each.replies(request))[0].status for each in (open_server, server)]

    assert statuses == [401, 421]
