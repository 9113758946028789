"""Checks a request before its token, and adds the headers that every answer has."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Middleware

from bridge.api.http.answers import EVERYWHERE, Refusal
from bridge.api.http.cross_origin import cross_origin_headers, preflight
from bridge.api.http.guard import Handler
from bridge.api.http.options import ServerOptions
from bridge.api.http.request_head import check_head, must_be_last


def entrance(options: ServerOptions) -> Middleware:
    """Return the outermost middleware: it checks the head and answers preflight requests."""

    @web.middleware
    async def entered(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            check_head(request, options.hosts)
        except Refusal as refusal:
            answer: web.StreamResponse = refusal.answer()
            answer.force_close()
            return answer
        answer = preflight(request, options.origins) or await handler(request)
        if must_be_last(request) or answer.status == HTTPStatus.REQUEST_TIMEOUT:
            answer.force_close()
        return answer

    return entered


def headers_of_answers(
    options: ServerOptions,
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return the function that adds headers to every answer before it is sent."""

    async def on_response_prepare(request: web.Request, answer: web.StreamResponse) -> None:
        for name, value in EVERYWHERE.items():
            answer.headers.setdefault(name, value)
        answer.headers.update(cross_origin_headers(request, options.origins))

    return on_response_prepare
