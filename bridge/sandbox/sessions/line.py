"""The sending half of one WebSocket: frames wait in a bounded queue and leave in order."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from bridge.sandbox.sessions.encoding import Codec
from bridge.sandbox.wire import dumps

__all__ = ["Line"]

MOST_WAITING = 20_000


class Line:
    """What a session or the gateway says to one client."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        codec: Codec,
        note: Callable[[str], None] = lambda _frame: None,
    ) -> None:
        self.codec = codec
        self._socket = socket
        self._transport = transport
        self._note = note
        self._waiting: asyncio.Queue[str | int] = asyncio.Queue(MOST_WAITING)
        self.is_ended = False
        self.is_mute = False
        self.pause: Callable[[], Awaitable[None]] | None = None

    def say(self, op: int, data: object = None) -> None:
        """Send a frame that is not an event."""
        self.push(dumps({"op": op, "d": data, "s": None, "t": None}))

    def push(self, frame: str) -> None:
        """Send a frame; a client that does not read is cut off."""
        self._put(frame)

    def end(self, code: int) -> None:
        """Close with a code once everything before it has been sent."""
        self.is_ended = True
        self._put(code)

    def silence(self) -> None:
        """Say nothing more, while the socket stays open."""
        self.is_mute = True

    def cut(self) -> None:
        """Drop the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    async def write_all(self) -> None:
        """Send what waits, until the connection ends."""
        while True:
            item = await self._waiting.get()
            if self.pause is not None:
                await self.pause()
            try:
                await self._write(item)
            except ConnectionError:
                return

    def _write(self, item: str | int) -> Awaitable[object]:
        if isinstance(item, int):
            return self._socket.close(code=item)
        frame = self.codec.encode(item)
        self._note(item)
        return self._socket.send_str(frame) if isinstance(frame, str) else self._socket.send_bytes(frame)

    def _put(self, item: str | int) -> None:
        if self.is_mute:
            return
        try:
            self._waiting.put_nowait(item)
        except asyncio.QueueFull:
            self.cut()
