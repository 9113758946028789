"""What aiohttp answers by itself, in the house style: bytes that are no HTTP never reach a handler."""

from typing import Final

from aiohttp import hdrs, web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from bridge.api.answers import Refusal

_WORDS: Final = {400: "The request is not valid HTTP", 500: "Internal Server Error"}


class Runner(web.AppRunner):
    """Runs an application whose every answer is JSON."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made.request_handler, request_factory=made.request_factory, **self._kwargs)


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)


class _Protocol(RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer with JSON that repeats nothing of the request: the line that is wrong may hold a token."""
        super().handle_error(request, status, exc, message)
        answer = Refusal(status, _WORDS.get(status, "The request failed")).answer()
        answer.force_close()
        return answer


async def expect(request: web.Request) -> None:
    """Let a client that asks first go on; another expectation is ignored, as HTTP allows."""
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


async def written(request: web.Request, answer: web.StreamResponse) -> bool:
    """Write an answer; False when the client has hung up before."""
    try:
        await answer.prepare(request)
        await answer.write_eof()
    except ConnectionError:
        return False
    return request.transport is not None and not request.transport.is_closing()
