"""Answers to requests that never reach a handler, for example invalid HTTP, in the contract's format."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

from aiohttp import hdrs, web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from bridge.api.http.answers import EVERYWHERE, Refusal
from bridge.api.http.connections import reset
from bridge.api.http.options import Limits
from bridge.api.http.proxies import Rewrite

_WORDS: Final = {400: "The request is not valid HTTP", 500: "Internal Server Error"}


class Runner(web.AppRunner):
    """Runs an application all of whose answers are JSON."""

    def __init__(
        self, app: web.Application, limits: Limits, rewrite: Rewrite | None = None, **more: Any
    ) -> None:
        self._rewrite = rewrite
        super().__init__(
            app, keepalive_timeout=limits.idle_s, lingering_time=limits.linger_s, limits=limits, **more
        )

    def protocol(self, line: asyncio.Transport, on_lost: Callable[[], None]) -> asyncio.Protocol:
        """Return the protocol of a new connection, whose socket has the transport `line`."""
        made = cast("_Server", self.server)()
        made.watch(line, on_lost)
        return made

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        factory = _rewriting(made.request_factory, self._rewrite) if self._rewrite else made.request_factory
        return _Server(made.request_handler, request_factory=factory, **self._kwargs)


def _rewriting(make: Callable[..., Any], rewrite: Rewrite) -> Callable[..., BaseRequest]:
    def made(*parts: Any) -> BaseRequest:
        return rewrite(make(*parts))

    return made


class _Server(web.Server):
    def __call__(self) -> "_Protocol":
        return _Protocol(self, loop=self._loop, **self._kwargs)


class _Protocol(RequestHandler):
    """One connection; after an answer it is checked until the client has read all of it."""

    __slots__ = ("_check", "_limits", "_line", "_on_lost", "_since", "_unread_before")

    def __init__(self, manager: web.Server, *, limits: Limits, **more: Any) -> None:
        super().__init__(manager, **more)
        self._limits = limits
        self._check: asyncio.TimerHandle | None = None
        self._since = 0.0
        self._unread_before: int | None = None

    def watch(self, line: asyncio.Transport, on_lost: Callable[[], None]) -> None:
        """Set the socket's transport, which is not that of HTTP when there is TLS between them."""
        self._line = line
        self._on_lost = on_lost

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        if self._check is not None:
            self._check.cancel()
        super().connection_lost(exc)
        self._on_lost()

    def resume_writing(self) -> None:
        """Remember that the client has read something: what is written next may hide it from the check."""
        super().resume_writing()
        self._unread_before = None

    async def finish_response(
        self, request: BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Write an answer, and cut the connection if the client does not read it."""
        if self._check is None or not self._unread():
            self._since = self._loop.time()
        if self._check is None:
            self._unread_before = None
            self._check = self._loop.call_later(self._limits.reads_nothing_s, self._check_reader)
        return await super().finish_response(request, resp, start_time)

    def _check_reader(self) -> None:
        """Cut a client that read nothing since the last check, or is too slow; check again while it reads."""
        self._check = None
        unread = self._unread()
        reads_nothing = self._unread_before is not None and unread >= self._unread_before
        is_too_slow = self._loop.time() - self._since >= self._limits.answer_s
        if unread and (reads_nothing or is_too_slow):
            reset(self._line)
        elif unread:
            self._unread_before = unread
            self._check = self._loop.call_later(self._limits.reads_nothing_s, self._check_reader)

    def _unread(self) -> int:
        """Return how many bytes of answers wait to be sent: in front of TLS, and behind it."""
        is_in_front = self.transport is not None and self.transport is not self._line
        in_front = self.transport.get_write_buffer_size() if is_in_front and self.transport else 0
        return in_front + self._line.get_write_buffer_size()

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
