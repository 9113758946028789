"""Where a mirror keeps its files, and how a file gets there: whole, or not at all.

A file is first written beside the others, in `incoming`, and synced. Only a file with all bytes gets a name.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Protocol, TypeVar

from bridge.store.files.durable import sync, sync_names

PIECE: Final = 262_144
STEP_S: Final = 20.0
"""How long one step may take, such as writing a piece; in real time. A mirror that is slower is down."""
KEEP_S: Final = 120.0
"""How long a whole file may take from `incoming` to its place; in real time."""
THREADS: Final = 8
PRIVATE: Final = 0o600

Value = TypeVar("Value")


class MediaUnavailable(Exception):
    """The mirror cannot be read or written now: it is away, full, or refuses."""


class MediaMissing(Exception):
    """The mirror has no such file, or not all of it."""


class TooLong(Exception):
    """There are more bytes than were announced."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file in `incoming`, with all its bytes on the disk."""

    path: Path
    size: int
    sha256: str


class MediaStore(Protocol):
    """The files of a mirror, by name. All methods raise `MediaUnavailable`."""

    async def receive(self, pieces: AsyncIterator[bytes], most: int) -> Received:
        """Write pieces to a file in `incoming`; raises `TooLong`, and what `pieces` raises."""
        ...

    async def keep(self, received: Received, name: str) -> None:
        """Give a received file its name; one of that name is replaced."""
        ...

    async def discard(self, received: Received) -> None:
        """Delete a received file, if it has no name."""
        ...

    async def opened(self, name: str, size: int, start: int, end: int) -> AsyncIterator[bytes]:
        """Return the bytes from `start` up to `end`, in pieces; raises `MediaMissing` if `size` differs."""
        ...

    async def delete(self, name: str) -> None:
        """Delete a file, if it is there."""
        ...

    async def tidy(self, before_ms: int) -> None:
        """Delete what crashes have left in `incoming`: files unchanged since `before_ms`."""
        ...


class Incoming:
    """The directory of files without a name yet, and the threads that write: a slow disk blocks no other."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="media")

    async def run(self, step: Callable[[], Value], limit_s: float = STEP_S) -> Value:
        """Run a step in a thread; raises `MediaUnavailable` if it fails or takes too long."""
        try:
            async with asyncio.timeout(limit_s):
                return await asyncio.get_running_loop().run_in_executor(self._threads, step)
        except TimeoutError as error:
            raise MediaUnavailable(f"no answer within {limit_s:g} seconds") from error
        except OSError as error:
            raise MediaUnavailable(error.strerror or type(error).__name__) from error

    async def receive(self, pieces: AsyncIterator[bytes], most: int) -> Received:
        """Write pieces to a file, synced; nothing is left of one that is not whole."""
        path = self.directory / secrets.token_hex(16)
        try:
            return await self._received(path, pieces, most)
        except BaseException:
            self._threads.submit(path.unlink, missing_ok=True)
            raise

    async def discard(self, received: Received) -> None:
        """Delete a file that got no name."""
        await self.run(partial(received.path.unlink, missing_ok=True))

    async def tidy(self, before_ms: int) -> None:
        """Delete files that no download writes any more."""
        await self.run(partial(self._tidy, before_ms))

    async def _received(self, path: Path, pieces: AsyncIterator[bytes], most: int) -> Received:
        size, digest = 0, hashlib.sha256()
        file = await self.run(partial(_created, path))
        try:
            async for piece in pieces:
                size += len(piece)
                if size > most:
                    raise TooLong
                digest.update(piece)
                await self.run(partial(file.write, piece))
            await self.run(partial(sync, file), KEEP_S)
        finally:
            self._threads.submit(file.close)
        return Received(path, size, digest.hexdigest())

    def _tidy(self, before_ms: int) -> None:
        for path in self.directory.iterdir():
            if path.stat().st_mtime * 1000 < before_ms:
                path.unlink(missing_ok=True)


class MediaDirectory:
    """A mirror in a directory; without its `incoming` it is not there, as when its disk is not mounted."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._incoming = Incoming(directory / "incoming")
        self.receive = self._incoming.receive
        self.discard = self._incoming.discard
        self.tidy = self._incoming.tidy

    async def keep(self, received: Received, name: str) -> None:
        """Rename a file, and sync its new name."""
        await self._incoming.run(partial(self._keep, received.path, name), KEEP_S)

    async def opened(self, name: str, size: int, start: int, end: int) -> AsyncIterator[bytes]:
        """Open a file, and return what reads it."""
        file = await self._incoming.run(partial(self._opened, name, size, start))
        return self._pieces(file, end - start)

    async def delete(self, name: str) -> None:
        """Delete a file."""
        await self._incoming.run(partial(self._delete, name))

    async def _pieces(self, file: BinaryIO, left: int) -> AsyncIterator[bytes]:
        try:
            while left > 0:
                piece = await self._incoming.run(partial(file.read, min(PIECE, left)))
                if not piece:
                    raise MediaUnavailable("the file has become shorter")
                left -= len(piece)
                yield piece
        finally:
            file.close()

    def _keep(self, path: Path, name: str) -> None:
        path.replace(self._directory / name)
        sync_names(self._directory)

    def _opened(self, name: str, size: int, start: int) -> BinaryIO:
        self._check()
        try:
            file = (self._directory / name).open("rb")
        except FileNotFoundError as error:
            raise MediaMissing(name) from error
        if os.fstat(file.fileno()).st_size != size:
            file.close()
            raise MediaMissing(name)
        file.seek(start)
        return file

    def _delete(self, name: str) -> None:
        self._check()
        (self._directory / name).unlink(missing_ok=True)

    def _check(self) -> None:
        self._incoming.directory.stat()


def make_incoming(directory: Path) -> None:
    """Create a directory for files that have no name yet; raises `OSError`."""
    directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)


def _created(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb")
