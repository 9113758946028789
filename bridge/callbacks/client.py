"""The HTTP client of callbacks: its receivers share nothing that one of them could use up."""

import asyncio
import socket
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from bridge.callbacks.status_line import StatusAnswer, StatusConnector

LOOK_UPS: Final = 32


@asynccontextmanager
async def callback_client() -> AsyncIterator[aiohttp.ClientSession]:
    """Open a client without a waiting room, cookies and proxies from the environment."""
    connector = StatusConnector(limit=0, resolver=OwnThreads())
    async with aiohttp.ClientSession(
        connector=connector,
        response_class=StatusAnswer,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "pixverse-bridge", "Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    ) as client:
        yield client


class OwnThreads(AbstractResolver):
    """Looks names up in threads of its own.

    The process has a few threads for everyone, and a name server that does not answer keeps one for long.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOK_UPS, "callback-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; raises `OSError`."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host, port, family)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, protocol, address in found
        ]

    async def close(self) -> None:
        """Begin no more look-ups."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(
    host: str, port: int, family: socket.AddressFamily
) -> list[tuple[int, int, tuple[str | int | bytes, ...]]]:
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    return [(kind, protocol, address) for kind, _, protocol, _, address in found]
