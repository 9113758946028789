"""Requests that two servers could read differently: refused, or read in the one way that the standard has.

Behind each stands a second request. Where the first is refused, the connection ends and the second is never
answered: a proxy in front cannot be made to give its answer to somebody else.
"""

import json
import re

import pytest

from tests.server.conftest import CREATE, HEALTH, Serve
from tests.tools.access import TOKEN

LINES = f"Host: bridge\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"
POST = f"POST {CREATE} HTTP/1.1\r\n{LINES}"
GET = f"GET {HEALTH} HTTP/1.1\r\n{LINES}"
CHUNKED = "Transfer-Encoding: chunked\r\n\r\n"
BODY = "2\r\n{}\r\n0\r\n\r\n"
SECOND = "GET /second HTTP/1.1\r\nHost: bridge\r\nConnection: close\r\n\r\n"

REFUSED = {
    "a length and chunks": f"{POST}Content-Length: 6\r\n{CHUNKED}0\r\n\r\n",
    "chunks and a length": f"{POST}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n",
    "two lengths": f"{POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}",
    "one length twice": f"{POST}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{{}}",
    "a list of lengths": f"{POST}Content-Length: 2, 2\r\n\r\n{{}}",
    "a length with a sign": f"{POST}Content-Length: +2\r\n\r\n{{}}",
    "a hexadecimal length": f"{POST}Content-Length: 0x2\r\n\r\n{{}}",
    "a length with a space in it": f"{POST}Content-Length: 2 2\r\n\r\n{{}}",
    "an empty length": f"{POST}Content-Length: \r\n\r\n",
    "a length of 65 bits": f"{POST}Content-Length: 18446744073709551618\r\n\r\n{{}}",
    "a space before the colon of a length": f"{POST}Content-Length : 2\r\n\r\n{{}}",
    "a space before the colon of a coding": f"{POST}Transfer-Encoding : chunked\r\n\r\n{BODY}",
    "an unknown coding": f"{POST}Transfer-Encoding: xchunked\r\n\r\n{BODY}",
    "chunked, but not last": f"{POST}Transfer-Encoding: chunked, identity\r\n\r\n{BODY}",
    "identity": f"{POST}Transfer-Encoding: identity\r\n\r\n{BODY}",
    "packed and chunked": f"{POST}Transfer-Encoding: gzip, chunked\r\n\r\n{BODY}",
    "chunked twice": f"{POST}Transfer-Encoding: chunked, chunked\r\n\r\n{BODY}",
    "two lines of chunked": f"{POST}Transfer-Encoding: chunked\r\n{CHUNKED}{BODY}",
    "chunked in quotes": f'{POST}Transfer-Encoding: "chunked"\r\n\r\n{BODY}',
    "a vertical tab": f"{POST}Transfer-Encoding: \x0bchunked\r\n\r\n{BODY}",
    "a NUL": f"{POST}Transfer-Encoding: chunked\0\r\n\r\n{BODY}",
    "chunks in HTTP/1.0": f"{POST}Connection: keep-alive\r\n{CHUNKED}{BODY}".replace("HTTP/1.1", "HTTP/1.0"),
    "a folded line": f"{GET}X: a\r\n b\r\n\r\n",
    "a folded coding": f"{POST}Transfer-Encoding:\r\n chunked\r\n\r\n{BODY}",
    "a folded first line": f"GET {HEALTH} HTTP/1.1\r\n Host: bridge\r\n\r\n",
    "a space before a name": f"{GET} X: a\r\n\r\n",
    "bare LFs": f"{GET}\r\n".replace("\r\n", "\n"),
    "a bare LF": f"{POST}X: a\n{CHUNKED}{BODY}",
    "a bare CR": f"{POST}X: a\r{CHUNKED}{BODY}",
    "a CR too many": f"{GET}\r\r\n",
    "a name without a colon": f"{GET}X\r\n\r\n",
    "no name": f"{GET}: a\r\n\r\n",
    "a NUL in a name": f"{GET}X\0: a\r\n\r\n",
    "a chunk's extension that ends with LF": f"{POST}{CHUNKED}2;a\n{{}}\r\n0\r\n\r\n",
    "a chunk's extension with a CR": f"{POST}{CHUNKED}2;a\rb\r\n{{}}\r\n0\r\n\r\n",
    "a chunk's extension with a quoted LF": f'{POST}{CHUNKED}2;a="\n"\r\n{{}}\r\n0\r\n\r\n',
    "a chunk's size that ends with LF": f"{POST}{CHUNKED}2\n{{}}\r\n0\r\n\r\n",
    "a chunk that ends with LF": f"{POST}{CHUNKED}2\r\n{{}}\n0\r\n\r\n",
    "a chunk that does not end": f"{POST}{CHUNKED}2\r\n{{}}0\r\n\r\n",
    "a last chunk that ends with LF": f"{POST}{CHUNKED}2\r\n{{}}\r\n0\n\n",
    "a chunk's size with 0x": f"{POST}{CHUNKED}0x2\r\n{{}}\r\n0\r\n\r\n",
    "a chunk's size with a sign": f"{POST}{CHUNKED}+2\r\n{{}}\r\n0\r\n\r\n",
    "a chunk's size with a space": f"{POST}{CHUNKED} 2\r\n{{}}\r\n0\r\n\r\n",
    "a chunk's size of 65 bits": f"{POST}{CHUNKED}10000000000000002\r\n{{}}\r\n0\r\n\r\n",
    "a length behind the chunks": f"{POST}{CHUNKED}2\r\n{{}}\r\n0\r\nContent-Length: 50\r\n\r\n",
    "5,000 lines behind the chunks": f"{POST}{CHUNKED}2\r\n{{}}\r\n0\r\n" + "X: y\r\n" * 5_000 + "\r\n",
    "5,000 headers": GET + "".join(f"X{n}: y\r\n" for n in range(5_000)) + "\r\n",
    "HTTP/0.9": f"GET {HEALTH}\r\n\r\n",
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another version": f"{GET}\r\n".replace("HTTP/1.1", "HTTP/1.2"),
    "a version in small letters": f"{GET}\r\n".replace("HTTP/1.1", "http/1.1"),
    "a tab in the first line": f"{GET}\r\n".replace(" HTTP/1.1", "\tHTTP/1.1"),
    "a host with a user": f"{GET}\r\n".replace("Host: ", "Host: user@"),
    "a host with a path": f"{GET}\r\n".replace("Host: bridge", "Host: bridge/path"),
    "half of an address": f"{GET}\r\n".replace("Host: bridge", "Host: [::1"),
    "a port of eight digits": f"{GET}\r\n".replace("Host: bridge", "Host: bridge:99999999"),
}
READ = {
    "a tab before the coding": f"{POST}Transfer-Encoding:\tchunked\r\n\r\n{BODY}",
    "a coding in capitals": f"{POST}Transfer-Encoding: CHUNKED\r\n\r\n{BODY}",
    "a chunk's extension": f"{POST}{CHUNKED}2;a=b\r\n{{}}\r\n0\r\n\r\n",
    "a chunk's extension of 100 kB": f"{POST}{CHUNKED}2;{'a' * 100_000}\r\n{{}}\r\n0\r\n\r\n",
    "a chunk's size with zeros": f"{POST}{CHUNKED}{'0' * 40}2\r\n{{}}\r\n0\r\n\r\n",
    "a GET with a body": f"{GET}Content-Length: 2\r\n\r\n{{}}",
    "a GET with chunks": f"{GET}{CHUNKED}{BODY}",
    "empty lines in front": f"\r\n\r\n{GET}\r\n",
    "bytes beyond ASCII": f"{GET}X: \xff\xfe\r\n\r\n",
    "HTTP/1.0 that keeps the connection": f"{GET}Connection: keep-alive\r\n\r\n".replace("/1.1", "/1.0"),
}
OTHER_PROTOCOLS = {
    "HTTP/2 in clear": f"{GET}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    "a WebSocket": f"{GET}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "a tunnel": "CONNECT bridge:443 HTTP/1.1\r\nHost: bridge:443\r\n\r\n",
}


@pytest.mark.parametrize("first", REFUSED.values(), ids=REFUSED.keys())
async def test_what_could_be_read_in_two_ways_is_refused_and_ends_the_connection(
    serve: Serve, first: str
) -> None:
    async with serve() as server:
        [reply] = await server.replies((first + SECOND).encode("latin-1"))

    body = json.loads(reply.body)
    assert (reply.status, body["error"], body["code"]) == (400, "The request is not valid HTTP", 400)


@pytest.mark.parametrize("first", READ.values(), ids=READ.keys())
async def test_what_can_be_read_in_one_way_only_ends_where_it_says(serve: Serve, first: str) -> None:
    async with serve() as server:
        replies = await server.replies((first + SECOND).encode("latin-1"))

    assert [reply.status for reply in replies] == [200, 404]


@pytest.mark.parametrize("first", OTHER_PROTOCOLS.values(), ids=OTHER_PROTOCOLS.keys())
async def test_nothing_is_read_behind_the_wish_for_another_protocol(serve: Serve, first: str) -> None:
    async with serve() as server:
        [reply] = await server.replies((first + SECOND).encode())

    assert reply.status in (200, 404)
    assert reply.headers["connection"] == "close"


async def test_pipelined_requests_are_answered_in_their_order(serve: Serve) -> None:
    requests = f"{GET}\r\n" + f"{POST}Content-Length: 2\r\n\r\n{{}}" + f"{GET}\r\n" * 50 + SECOND

    async with serve() as server:
        replies = await server.replies(requests.encode())

    assert [reply.status for reply in replies] == [200] * 52 + [404]
    assert [n for n, reply in enumerate(replies) if re.search(rb"fields", reply.body)] == [1]


@pytest.mark.parametrize("line", ["", "Connection: close\r\n"])
async def test_http_1_0_ends_its_connection_unless_it_asks_not_to(serve: Serve, line: str) -> None:
    async with serve() as server:
        [reply] = await server.replies(f"{GET}{line}\r\n".replace("HTTP/1.1", "HTTP/1.0").encode())

    assert reply.status == 200
    assert reply.headers.get("connection", "close") == "close"
