"""A client that asks and does not read: it is cut, whatever it asked for; one that reads slowly is not."""

import asyncio
import socket
from urllib.parse import urlsplit

import pytest

from bridge.api.http import protocol as wire
from tests.tools.world import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOOK_S = 0.2


def connected(api: Api) -> socket.socket:
    """Return a connection that holds little of what it has not read."""
    address = urlsplit(api.url)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((address.hostname, address.port))
    client.setblocking(False)
    return client


def asking(api: Api, path: str, count: int) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: bridge\r\nAuthorization: Bearer {api.token}\r\n\r\n".encode() * count
    )


async def read_all(client: socket.socket, pause_s: float = 0.0) -> int:
    """Return how much came until the connection ended."""
    loop, size = asyncio.get_running_loop(), 0
    try:
        while piece := await loop.sock_recv(client, 65_536):
            size += len(piece)
            await asyncio.sleep(pause_s)
    except ConnectionError:
        return size
    return size


@pytest.mark.parametrize("path", ["/openapi.json", "/docs/swagger-ui-bundle.js"])
async def test_who_takes_nothing_of_its_answers_is_cut(
    api: Api, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "TAKES_NOTHING_S", LOOK_S)
    cut = asyncio.Event()
    lost = wire._Protocol.connection_lost

    def connection_lost(protocol: wire._Protocol, error: BaseException | None) -> None:
        lost(protocol, error)
        cut.set()

    monkeypatch.setattr(wire._Protocol, "connection_lost", connection_lost)
    with connected(api) as client:
        await asyncio.get_running_loop().sock_sendall(client, asking(api, path, 300))

        async with asyncio.timeout(10):
            await cut.wait()


async def test_who_reads_slowly_gets_everything(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "TAKES_NOTHING_S", LOOK_S)
    whole = len(await (await api.http.get(api.url + "/docs/swagger-ui-bundle.js")).read())

    with connected(api) as client:
        await asyncio.get_running_loop().sock_sendall(
            client,
            asking(api, "/docs/swagger-ui-bundle.js", 1).replace(
                b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"
            ),
        )
        size = await read_all(client, 0.001)

    assert size > whole
