"""A server that answers what a test says, request after request, and keeps what it was asked."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any, Final

from aiohttp import web

JOB: Final = {"jobid": "0123456789abcdef", "status": "started", "verb": "pixverse-create", "prompt": "a cat"}
DONE: Final = {**JOB, "status": "completed"}


@dataclass(frozen=True)
class Reply:
    """An answer; `is_cut`: the connection is reset in its stead, behind what `body` has."""

    status: int = 200
    body: str | bytes = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False


@dataclass(frozen=True)
class Asked:
    """A request that was received."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str | None:
        """Its `Idempotency-Key`."""
        return self.headers.get("Idempotency-Key")


@dataclass
class Scripted:
    """The answers that are left, by path; the last one of a path is given again and again."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def will_answer(self, path: str, *replies: Reply) -> None:
        """Answer requests for a path one after another."""
        self.replies[path] = list(replies)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        body = await request.read()
        self.asked.append(Asked(request.method, request.path, request.headers, body))
        left = self.replies[request.path]
        reply = left.pop(0) if len(left) > 1 else left[0]
        if not reply.is_cut:
            return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
        if reply.body:
            begun = web.StreamResponse(headers={**reply.headers, "Content-Length": "1000"})
            await begun.prepare(request)
            await begun.write(reply.body if isinstance(reply.body, bytes) else reply.body.encode())
        assert request.transport is not None
        request.transport.abort()
        return web.Response()


CUT: Final = Reply(is_cut=True)


def answer(body: Any, status: int = 200, **headers: str) -> Reply:
    """Return an answer in JSON, with its code."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps({**body, "code": status}), {"Content-Type": "application/json", **named})


def stream(*blocks: str) -> Reply:
    """Return an event stream that ends."""
    body = "".join(f"{block}\n\n" for block in ("retry: 2000", *blocks))
    return Reply(200, body, {"Content-Type": "text/event-stream"})


@asynccontextmanager
async def scripted(ssl: SSLContext | None = None) -> AsyncIterator[Scripted]:
    """Listen while the context is open."""
    server = Scripted()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl).start()
    server.url = f"{'https' if ssl else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
