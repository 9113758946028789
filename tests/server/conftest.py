"""A server of the API with three routes of its own, and bytes to it and back."""

import asyncio
import select
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeAlias

import pytest
from aiohttp import web

from bridge.api.http.answers import as_json
from bridge.api.http.form_data import UploadSlots
from bridge.api.http.options import ServerOptions
from bridge.api.http.request_body import read_fields, read_upload
from bridge.api.openapi import operations as op
from bridge.api.openapi.route import Route
from bridge.api.server import serving
from bridge.clock import SystemClock
from bridge.flows.access.callers import callers_of
from bridge.store.files.uploads import Uploads, uploads_in
from bridge.store.sqlite.sqlite import sqlite_database
from bridge.verbs import built_in as verbs
from tests.tools.access import TOKEN
from tests.tools.rows import a_token

LIMIT_S = 30.0
HEALTH = "/v1/pixverse/health"
CREATE = "/v1/pixverse/create"
ANIMATE = "/v1/pixverse/animate"
MOST_PICTURE = 1_000


@dataclass(frozen=True)
class Reply:
    """An answer: the status, the headers by lower-case name, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Served:
    """Where a server listens."""

    port: int

    async def ask(self, method: str, path: str, *lines: str, body: bytes = b"") -> Reply:
        """Return the answer to a request with the token, unless a line says otherwise."""
        given = {line.partition(":")[0].lower() for line in "\r\n".join(lines).split("\r\n")}
        default = [f"Authorization: Bearer {TOKEN}"] if "authorization" not in given else []
        default += ["Host: bridge"] if "host" not in given else []
        default += [f"Content-Length: {len(body)}"] if body else []
        head = "\r\n".join((f"{method} {path} HTTP/1.1", *default, *lines, "Connection: close", "", ""))
        return (await self.replies(head.encode() + body))[0]

    @asynccontextmanager
    async def sent(self, request: bytes) -> AsyncIterator[None]:
        """Keep a connection with a request that expects 100-continue, and that the server has taken."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            await reader.readuntil(b" 100 Continue\r\n\r\n")
            yield
        finally:
            writer.close()

    async def replies(self, request: bytes) -> list[Reply]:
        """Return every answer to bytes until the server closes the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            async with asyncio.timeout(LIMIT_S):
                return [reply async for reply in read_replies(reader, is_head=request.startswith(b"HEAD"))]
        finally:
            writer.close()


async def read_replies(reader: asyncio.StreamReader, *, is_head: bool = False) -> AsyncIterator[Reply]:
    """Yield the answers on a connection until it ends; a cut in the middle is an error."""
    while head := await _head(reader):
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = b"" if is_head else await reader.readexactly(int(headers.get("content-length", 0)))
        yield Reply(int(first.split(" ")[1]), headers, body)


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


async def is_cut(client: socket.socket) -> None:
    """Return when the other side has cut a connection; nothing of it is read."""
    poll = select.poll()
    poll.register(client, 0)
    events = await asyncio.get_running_loop().run_in_executor(None, poll.poll, LIMIT_S * 1_000)
    assert events != []


async def health(request: web.Request) -> web.Response:
    """Answer with what is known of the client."""
    return as_json({"remote": request.remote, "host": request.host})


async def create(request: web.Request) -> web.Response:
    """Answer with the names of the fields."""
    return as_json({"fields": sorted(await read_fields(request)), "code": 200})


def animate(uploads: Uploads) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return a handler that keeps a picture of at most 1,000 bytes."""

    async def handler(request: web.Request) -> web.Response:
        slots = UploadSlots(verbs.ANIMATE.file_fields, uploads, MOST_PICTURE)
        try:
            return as_json({"fields": sorted(await read_upload(request, slots, LIMIT_S)), "code": 200})
        finally:
            slots.clear()

    return handler


Serve: TypeAlias = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Return a server with the options that a test gives."""

    @asynccontextmanager
    async def served(**options: Any) -> AsyncIterator[Served]:
        routes = [
            Route("GET", HEALTH, health, op.HEALTH),
            Route("POST", CREATE, create, op.running(verbs.CREATE)),
            Route("POST", ANIMATE, animate(uploads_in(tmp_path)), op.running(verbs.ANIMATE)),
        ]
        server = ServerOptions("127.0.0.1", 0, **options)
        async with sqlite_database(Path(mkdtemp(dir=tmp_path)) / "bridge.db") as database:
            await database.write(lambda tx: a_token(tx, TOKEN))
            callers = callers_of(database, SystemClock())
            async with serving(routes, callers, server, lambda: None) as port:
                yield Served(port)

    return served
