"""A mirror in an object store (S3, Google Cloud Storage, Azure), through obstore.

Credentials and endpoints are what each store's own variables say, such as `AWS_ACCESS_KEY_ID`. An object is
visible only once all of it is there.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from bridge.jobs.mirrored import TYPES
from bridge.store.files.media import KEEP_S, STEP_S, Incoming, MediaMissing, MediaUnavailable, Received

PIECE: Final = 1_048_576
RETRIES: Final = 2
RETRY_S: Final = 10
MOST_OF_AN_ERROR: Final = 200
_ADDRESS: Final = re.compile(r"\S+://\S+|\S*[0-9a-f]{32}\S*")

Value = TypeVar("Value")


def bucket_at(url: str, incoming: Path) -> "MediaBucket":
    """Return the mirror at the URL of a bucket, and a prefix in it; raises `ValueError`."""
    pause = timedelta(seconds=RETRY_S)
    try:
        store = from_url(url, retry_config={"max_retries": RETRIES, "retry_timeout": pause})
    except BaseError as error:
        raise ValueError(_in_short(error)) from error
    return MediaBucket(store, incoming)


class MediaBucket:
    """A mirror in a bucket, below a prefix; files are received on this machine first."""

    def __init__(self, store: ObjectStore, incoming: Path) -> None:
        self._store = store
        self._incoming = Incoming(incoming)
        self.receive = self._incoming.receive
        self.discard = self._incoming.discard
        self.tidy = self._incoming.tidy

    async def keep(self, received: Received, name: str) -> None:
        """Upload a file, and delete it here."""
        kind = TYPES[name.rpartition(".")[2]]
        upload = obstore.put_async(self._store, name, received.path, attributes={"Content-Type": kind})
        try:
            await _answered(upload, KEEP_S)
        except FileNotFoundError as error:
            raise MediaUnavailable("the bucket is not there") from error
        await self.discard(received)

    async def opened(self, name: str, size: int, start: int, end: int) -> AsyncIterator[bytes]:
        """Ask for the first piece, and return what asks for the others: no slow client holds an answer."""
        first = await self._piece(name, size, start, end)
        return self._pieces(first, name, size, start, end)

    async def delete(self, name: str) -> None:
        """Delete an object."""
        try:
            await _answered(obstore.delete_async(self._store, name), STEP_S)
        except FileNotFoundError:
            return

    async def _pieces(self, piece: bytes, name: str, size: int, start: int, end: int) -> AsyncIterator[bytes]:
        yield piece
        while (start := start + len(piece)) < end:
            piece = await self._piece(name, size, start, end)
            yield piece

    async def _piece(self, name: str, size: int, start: int, end: int) -> bytes:
        """Return the first bytes of a range."""
        wanted = (start, min(end, start + PIECE))
        try:
            found = await _answered(obstore.get_async(self._store, name, options={"range": wanted}), STEP_S)
            piece = bytes(await _answered(found.bytes_async(), STEP_S))
        except FileNotFoundError as error:
            raise MediaMissing(name) from error
        if found.meta["size"] != size or len(piece) != wanted[1] - start:
            raise MediaMissing(name)
        return piece


async def _answered(answer: Awaitable[Value], limit_s: float) -> Value:
    """Wait for an answer of the store; raises `MediaUnavailable`, and `FileNotFoundError`."""
    try:
        async with asyncio.timeout(limit_s):
            return await answer
    except FileNotFoundError:
        raise
    except TimeoutError as error:
        raise MediaUnavailable(f"no answer within {limit_s:g} seconds") from error
    except (BaseError, OSError, ValueError) as error:
        raise MediaUnavailable(_in_short(error)) from error


def _in_short(error: Exception) -> str:
    """Return the kind of an error and its first line, without addresses: a name opens a file."""
    first_line = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {_ADDRESS.sub('…', first_line)}"[:MOST_OF_AN_ERROR]
