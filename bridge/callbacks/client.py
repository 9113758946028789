"""The HTTP client of callbacks. Receivers share no resource that one of them could exhaust."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bridge.callbacks.names import Names
from bridge.callbacks.status_line import StatusAnswer, StatusConnector


@dataclass(frozen=True, slots=True)
class CallbackClient:
    """The HTTP session for attempts, and its resolver."""

    http: aiohttp.ClientSession
    names: Names


@asynccontextmanager
async def callback_client(names: Names | None = None) -> AsyncIterator[CallbackClient]:
    """Open a client without a connection limit, cookies, or proxies from the environment."""
    known = names or Names()  # aiohttp does not close a resolver that it is given
    connector = StatusConnector(limit=0, resolver=known, use_dns_cache=False)
    async with aiohttp.ClientSession(
        connector=connector,
        response_class=StatusAnswer,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "pixverse-bridge", "Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    ) as client:
        try:
            yield CallbackClient(client, known)
        finally:
            await known.close()
