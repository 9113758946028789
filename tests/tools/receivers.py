"""Receivers of callbacks that behave as they are told: healthy, refusing, silent, slow, gone.

A receiver listens on a port of 127.0.0.1, or of every 127.x.y.z. What it answers is a function that writes to
the connection: those in `next_answers` serve one callback each, then `answer` serves the rest.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

LIMIT_S: Final = 30.0
NEVER_S: Final = 86_400.0
Answer = Callable[[asyncio.StreamWriter], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Post:
    """A callback as it came; names of headers are in small letters, `at_ns` is monotonic time."""

    body: bytes
    headers: dict[str, str]
    target: str = ""
    at_ns: int = field(default_factory=time.monotonic_ns)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def job(self) -> Any:
        return json.loads(self.body)


def status(code: int, **headers: str) -> Answer:
    """Answer with a status; `retry_after="5"` is the header Retry-After."""
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {code} Said\r\n{named}Content-Length: 0\r\n\r\n".encode())

    return answer


def dripping(text: str, pause_s: float = 1.0) -> Answer:
    """Answer one byte in a second."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        for byte in text.encode():
            writer.write(bytes([byte]))
            await asyncio.sleep(pause_s)

    return answer


def pouring(size: int, poured: list[int] | None = None) -> Answer:
    """Answer 200 with a long body; `poured` gets the size of each piece that went out."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(size // 65_536):
            writer.write(bytes(65_536))
            await writer.drain()
            if poured is not None:
                poured.append(65_536)

    return answer


def saying(text: str) -> Answer:
    """Answer with a text as it is, and leave the connection open."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(text.encode())
        await writer.drain()

    return answer


def hung_up_after(text: str) -> Answer:
    """Answer with a text as it is, and close the connection."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(text.encode())
        writer.close()

    return answer


async def silence(writer: asyncio.StreamWriter) -> None:
    """Take the callback and never answer."""
    await asyncio.sleep(NEVER_S)


async def hanging_up(writer: asyncio.StreamWriter) -> None:
    """Take the callback and close the connection."""
    writer.close()


async def headers_only(writer: asyncio.StreamWriter) -> None:
    """Answer 200 and never send the body that was promised."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    await asyncio.sleep(NEVER_S)


@dataclass
class Receiver:
    """One receiver; `posts` are the callbacks that came, `most_at_once` how many it held at a time.

    With the host 0.0.0.0 it is many: each 127.x.y.z is another one to whoever calls it.
    """

    answer: Answer = field(default_factory=lambda: status(200))
    next_answers: deque[Answer] = field(default_factory=deque)
    posts: list[Post] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    port: int = 0
    host: str = "127.0.0.1"
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def listen(self) -> None:
        """Take connections, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Refuse connections, and let those go that are open."""
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def got(self, count: int) -> list[Post]:
        """Return the callbacks as soon as so many have come."""
        async with asyncio.timeout(LIMIT_S), self._came:
            await self._came.wait_for(lambda: len(self.posts) >= count)
        return list(self.posts)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                while not writer.is_closing():
                    await self._take(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        async with self._came:
            self.posts.append(Post(body, headers, first.split(" ")[1]))
            self._came.notify_all()
        answer = self.next_answers.popleft() if self.next_answers else self.answer
        try:
            await _while_connected(reader, answer(writer))
            await writer.drain()
        finally:
            self.at_once -= 1


async def _while_connected(reader: asyncio.StreamReader, answer: Coroutine[Any, Any, None]) -> None:
    """Answer until the other side has gone away: it sends nothing before it has its answer."""
    answering, gone = asyncio.create_task(answer), asyncio.create_task(reader.read(1))
    try:
        await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (answering, gone):
            task.cancel()
        await asyncio.wait({answering, gone})
    if not answering.cancelled() and (error := answering.exception()):
        raise error


@asynccontextmanager
async def receiving(answer: Answer | None = None, host: str = "127.0.0.1") -> AsyncIterator[Receiver]:
    """Run a receiver; without an answer of yours it takes everything."""
    receiver = Receiver(answer or status(200), host=host)
    await receiver.listen()
    try:
        yield receiver
    finally:
        await receiver.refuse()
