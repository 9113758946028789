"""Answers to requests that never reach a handler, for example invalid HTTP, in the contract's format."""

import asyncio
from typing import Final, cast

from aiohttp import hdrs, web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from bridge.api.http.answers import EVERYWHERE, Refusal

TAKES_NOTHING_S: Final = 15.0
"""In real time. A client that reads nothing is detected at the second check."""
_WORDS: Final = {400: "The request is not valid HTTP", 500: "Internal Server Error"}


class Runner(web.AppRunner):
    """Runs an application all of whose answers are JSON."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made.request_handler, request_factory=made.request_factory, **self._kwargs)


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)


class _Protocol(RequestHandler):
    """One connection; after an answer it is checked until the client has read all of it."""

    __slots__ = ("_left", "_line", "_watch")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)
        self._line = cast("asyncio.Transport", transport)
        self._left: int | None = None
        self._watch: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    async def finish_response(
        self, request: BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Write an answer, and cut the connection if the client reads nothing for too long."""
        if self._watch is None:
            self._left = None
            self._watch = self._loop.call_later(TAKES_NOTHING_S, self._look)
        return await super().finish_response(request, resp, start_time)

    def _look(self) -> None:
        """Cut the connection if nothing was read since the last check; check again while data is buffered."""
        waiting = self._line.get_write_buffer_size()
        self._watch = None
        if waiting and self._left is not None and waiting >= self._left:
            self._line.abort()
        elif waiting:
            self._left = waiting
            self._watch = self._loop.call_later(TAKES_NOTHING_S, self._look)

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer with JSON without any part of the request, which may contain a token."""
        super().handle_error(request, status, exc, message)
        answer = Refusal(status, _WORDS.get(status, "The request failed")).answer()
        answer.headers.update(EVERYWHERE)
        answer.force_close()
        return answer


async def expect(request: web.Request) -> None:
    """Answer `Expect: 100-continue`; other expectations are ignored, as HTTP allows."""
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


async def written(request: web.Request, answer: web.StreamResponse) -> bool:
    """Write an answer; return False if the client has disconnected."""
    try:
        await answer.prepare(request)
        await answer.write_eof()
    except ConnectionError:
        return False
    return request.transport is not None and not request.transport.is_closing()
