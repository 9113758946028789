"""A small Discord on loopback whose every answer a test can choose, also wrong ones."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.sessions.fake_wire import Socket, content_of, user

GUILD = "200000000000000002"
CHANNEL = "300000000000000003"
OTHER_CHANNEL = "300000000000000004"
APPLICATION = "400000000000000004"
TOKEN = "the.first.token"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COMMAND: dict[str, Any] = {
    "id": "500000000000000005",
    "application_id": APPLICATION,
    "version": "500000000000000006",
    "name": "create",
    "type": 1,
    "options": [
        {"type": 3, "name": "prompt", "required": True},
        {"type": 3, "name": "negative-prompt"},
        {"type": 4, "name": "seed"},
        {"type": 5, "name": "audio"},
        {"type": 3, "name": "style", "choices": [{"name": "Realistic", "value": "realistic"}]},
        {"type": 11, "name": "image"},
    ],
}


def plain(content: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Answer in JSON as Discord does: without a charset."""
    said = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(content).encode(), status=status, headers=said)


def answers(status: int, content: object = None, headers: dict[str, str] | None = None) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        if content is None:
            return web.Response(status=status, headers=headers)
        return plain(content, status, headers)

    return handle


async def cut(request: web.Request) -> web.StreamResponse:
    """Take the request and cut the connection."""
    await request.read()
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def hang(request: web.Request) -> web.StreamResponse:
    """Take the request and never answer."""
    await request.read()
    await asyncio.Event().wait()
    return web.Response()


class FakeDiscord:
    """REST and gateway; `journal` holds what came in, in order."""

    def __init__(self) -> None:
        self.url = ""
        self.journal: list[tuple[str, Any]] = []
        self.sockets: list[Socket] = []
        self.handlers: dict[str, Handler] = {}
        self.ready_extra: dict[str, Any] = {}
        self.acknowledges = True
        self.greets = True
        self.heartbeat_ms = 40_000
        self.resumes = True
        self.resume_url: str | None = None
        self.on_identify: Callable[[Socket], Awaitable[None]] | None = None
        self.after_ready: list[tuple[str, dict[str, Any]]] = []
        self.replays: list[tuple[str, dict[str, Any]]] = []
        self.tokens = {TOKEN}
        self._sequence = 0
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> "FakeDiscord":
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def stop(self) -> None:
        for socket in self.sockets:
            if socket.ws._req is not None and socket.ws._req.transport is not None:
                socket.ws._req.transport.abort()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def gateway_url(self) -> str:
        return self.url.replace("http", "ws") + "/"

    @property
    def socket(self) -> Socket:
        return self.sockets[-1]

    def ops(self, op: int) -> list[Any]:
        return [payload for kind, payload in self.journal if kind == f"op {op}"]

    def requests(self, path: str) -> list[Any]:
        return [payload for kind, payload in self.journal if kind == path]

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(is_so)

    async def dispatch(self, event: str, payload: dict[str, Any], sequence: int | None = None) -> None:
        """Send an event; messages only to those who have subscribed, as in a large guild."""
        if sequence is None:
            self._sequence += 1
        for socket in self.sockets:
            is_message = event.startswith("MESSAGE_")
            if not socket.ws.closed and (socket.is_subscribed or not is_message):
                await socket.send(0, payload, sequence or self._sequence, event)

    def counts_from(self, sequence: int) -> None:
        """Number the following events from here on."""
        self._sequence = sequence

    async def say(self, message_id: str, content: str = "", channel: str = CHANNEL, **more: Any) -> None:
        await self.dispatch(
            "MESSAGE_CREATE", {"id": message_id, "channel_id": channel, "content": content, **more}
        )

    async def drop(self) -> None:
        """Cut the newest gateway connection without a word."""
        transport = self.socket.ws._req.transport if self.socket.ws._req else None
        assert transport is not None
        transport.abort()

    async def _note(self, kind: str, payload: object) -> None:
        async with self._changed:
            self.journal.append((kind, payload))
            self._changed.notify_all()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._gateway(request)
        path = request.path.removeprefix("/api/v9")
        await self._note(f"{request.method} {path}", await content_of(request))
        for start, handler in self.handlers.items():
            if f"{request.method} {path}".startswith(start):
                return await handler(request)
        return await self._answer(request, path)

    async def _answer(self, request: web.Request, path: str) -> web.StreamResponse:
        if path.startswith("/storage/"):
            return web.Response()
        if request.headers.get("Authorization") not in self.tokens:
            return plain({"message": "401: Unauthorized", "code": 0}, 401)
        if path == "/users/@me":
            return plain(user())
        if path.endswith("/application-command-index"):
            applications = [{"id": APPLICATION, "name": "PixVerse"}]
            return plain({"applications": applications, "application_commands": [COMMAND], "version": "1"})
        if path.endswith("/attachments"):
            asked = json.loads(await request.text())["files"]
            places = [
                {
                    "id": each["id"],
                    "upload_url": f"{self.url}/storage/{each['id']}",
                    "upload_filename": f"stored/{each['id']}",
                }
                for each in asked
            ]
            return plain({"attachments": places})
        return (
            web.Response(status=204) if path == "/interactions" else plain({"message": "404", "code": 0}, 404)
        )

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        socket = Socket(ws)
        self.sockets.append(socket)
        await self._note("connect", str(request.rel_url))
        await socket.send(10, {"heartbeat_interval": self.heartbeat_ms})
        async for frame in ws:
            if frame.type in (WSMsgType.BINARY, WSMsgType.TEXT):
                message = json.loads(frame.data)
                await self._take(socket, message["op"], message.get("d"))
        await self._note("disconnect", ws.close_code)
        return ws

    async def _take(self, socket: Socket, op: int, payload: Any) -> None:
        await self._note(f"op {op}", payload)
        if op == 1 and self.acknowledges:
            await socket.send(11, None)
        elif op == 2 and self.greets:
            await self._identify(socket, payload["token"])
        elif op == 6 and self.greets:
            await self._resume(socket)
        elif op == 37:
            socket.is_subscribed = socket.is_subscribed or GUILD in payload["subscriptions"]

    async def _identify(self, socket: Socket, token: str) -> None:
        if self.on_identify is not None:
            await self.on_identify(socket)
            return
        if token not in self.tokens:
            await socket.ws.close(code=4004)
            return
        self._sequence = 1
        ready = {
            "session_id": f"session-{len(self.sockets)}",
            "resume_gateway_url": self.resume_url or self.gateway_url,
            "user": user(),
            "guilds": [],
            **self.ready_extra,
        }
        await socket.send(0, ready, 1, "READY")
        for event, content in self.after_ready:
            await self.dispatch(event, content)
        await self._note("ready", None)

    async def _resume(self, socket: Socket) -> None:
        if not self.resumes:
            await socket.send(9, False)
            return
        socket.is_subscribed = True
        for event, content in self.replays:
            self._sequence += 1
            await socket.send(0, content, self._sequence, event)
        self._sequence += 1
        await socket.send(0, {}, self._sequence, "RESUMED")
        await self._note("resumed", None)
