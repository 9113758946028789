"""The HTTP client of callbacks. Receivers share no resource that one of them could exhaust."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bridge.callbacks.addresses import AllowedAddresses
from bridge.callbacks.connector import AllowedConnector
from bridge.callbacks.names import Names
from bridge.callbacks.status_line import StatusAnswer


@dataclass(frozen=True, slots=True)
class CallbackClient:
    """The HTTP session for attempts, its resolver, and the addresses that it may reach."""

    http: aiohttp.ClientSession
    names: Names
    addresses: AllowedAddresses


@asynccontextmanager
async def callback_client(
    addresses: AllowedAddresses, names: Names | None = None
) -> AsyncIterator[CallbackClient]:
    """Open a client without a connection limit, cookies, or proxies from the environment."""
    known = names or Names()  # aiohttp does not close a resolver that it is given
    async with aiohttp.ClientSession(
        connector=AllowedConnector(known, addresses),
        response_class=StatusAnswer,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "pixverse-bridge", "Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    ) as client:
        try:
            yield CallbackClient(client, known, addresses)
        finally:
            await known.close()
