"""One download of a video from Discord's CDN and nowhere else; redirects and other sizes are refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from bridge.jobs.links import Cdn
from bridge.store.files.media import PIECE, MediaStore, Received, TooLong

CONNECT_S: Final = 10.0
SILENCE_S: Final = 20.0
FILE_S: Final = 300.0
"""How long one file may take, with what the mirror's own disk takes; in real time, as the two above."""


class DownloadFailed(Exception):
    """The file could not be fetched, or is not what was announced."""


@dataclass(frozen=True, slots=True)
class MediaClient:
    """The HTTP session for downloads, the CDN that they may come from, and the proxy in between."""

    http: aiohttp.ClientSession
    cdn: Cdn
    proxy: str | None = None


@asynccontextmanager
async def media_client(cdn: Cdn, proxy: str | None) -> AsyncIterator[MediaClient]:
    """Open a client without cookies, and without proxies from the environment."""
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "pixverse-bridge", "Accept-Encoding": "identity"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S),
        auto_decompress=False,
        trust_env=False,
    ) as http:
        yield MediaClient(http, cdn, proxy)


async def fetched(client: MediaClient, store: MediaStore, url: str, size: int) -> Received:
    """Download a file of exactly this size; raises `DownloadFailed` and `MediaUnavailable`."""
    if client.cdn.place(url) is None:
        raise DownloadFailed("its address is not one of the CDN")
    try:
        async with asyncio.timeout(FILE_S):
            return await _fetched(client, store, url, size)
    except TooLong as error:
        raise DownloadFailed(f"it is longer than {size} bytes") from error
    except TimeoutError as error:
        raise DownloadFailed("it took too long") from error
    except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as error:
        raise DownloadFailed(f"{type(error).__name__}: {error}"[:200]) from error


async def _fetched(client: MediaClient, store: MediaStore, url: str, size: int) -> Received:
    async with client.http.get(URL(url, encoded=True), allow_redirects=False, proxy=client.proxy) as answer:
        if answer.status != 200:
            raise DownloadFailed(f"HTTP status {answer.status}")
        if answer.content_length not in (None, size):
            raise DownloadFailed(f"it has {answer.content_length} bytes, not {size}")
        received = await store.receive(answer.content.iter_chunked(PIECE), size)
    if received.size != size:
        await store.discard(received)
        raise DownloadFailed(f"it has {received.size} bytes, not {size}")
    return received
