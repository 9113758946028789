"""One HTTP connection: its client is watched while it reads, and invalid HTTP is answered in JSON.

Below are the parts of the protocol that handlers use: `Expect`, and an answer that is written at once.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from aiohttp import hdrs, web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest
from structlog.contextvars import bound_contextvars

from bridge.api.http.access_log import HAS_GONE, HEADER, identified
from bridge.api.http.answers import EVERYWHERE, Refusal
from bridge.api.http.options import Limits
from bridge.api.http.slow_readers import SlowReader

_WORDS: Final = {400: "The request is not valid HTTP", 500: "Internal Server Error"}


class Protocol(RequestHandler):
    """One connection; a client that does not read its answers is cut."""

    __slots__ = ("_limits", "_line", "_on_lost", "_reader")

    def __init__(self, manager: web.Server, *, limits: Limits, **more: Any) -> None:
        super().__init__(manager, **more)
        self._limits = limits

    def watch(self, line: asyncio.Transport, on_lost: Callable[[], None]) -> None:
        """Set the socket's transport, which is not that of HTTP when there is TLS between them."""
        self._line = line
        self._on_lost = on_lost
        self._reader = SlowReader(self._loop, self._limits, line, self._unread)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        self._reader.stop()
        super().connection_lost(exc)
        self._on_lost()

    def resume_writing(self) -> None:
        """Tell that the client has read something."""
        super().resume_writing()
        self._reader.has_read()

    async def finish_response(
        self, request: BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Write an answer, and watch that the client reads it."""
        self._reader.watch()
        return await super().finish_response(request, resp, start_time)

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
        """Answer with JSON without any part of the request, which may contain a token.

        A client that has left is no error; nobody gets the answer then.
        """
        named = identified(request)
        if self.transport is not None or not isinstance(exc, ConnectionError):
            with bound_contextvars(request_id=named[HEADER]):
                super().handle_error(request, status, exc, message)
        answer = Refusal(status, _WORDS.get(status, "The request failed")).answer()
        answer.headers.update({**EVERYWHERE, **named})
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
        request[HAS_GONE] = True
        return False
    return request.transport is not None and not request.transport.is_closing()
