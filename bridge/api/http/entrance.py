"""Checks a request before its token, and adds the headers that every answer has."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from bridge.api.http.access_log import identified
from bridge.api.http.answers import EVERYWHERE, Refusal
from bridge.api.http.connections import Connections, counted_as
from bridge.api.http.cross_origin import cross_origin_headers, preflight
from bridge.api.http.guard import Handler
from bridge.api.http.options import PROBES, ServerOptions
from bridge.api.http.pieces import in_pieces
from bridge.api.http.proxies import HAS_PASSED_PROXY, IS_OUTSIDE
from bridge.api.http.request_head import check_head, must_be_last


def entrance(options: ServerOptions) -> Middleware:
    """Return the outermost middleware: it checks the head and answers preflight requests."""

    clients = Connections(options.limits.connections, options.limits.connections_per_address)

    @web.middleware
    async def entered(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            check_head(request, () if request.path in PROBES else options.hosts)
        except Refusal as refusal:
            answer: web.StreamResponse = refusal.answer()
            answer.force_close()
            return answer
        answer = preflight(request, options.origins) or await _answered(request, handler, clients)
        if must_be_last(request) or answer.status == HTTPStatus.REQUEST_TIMEOUT:
            answer.force_close()
        return in_pieces(answer)

    return entered


def too_many_requests() -> Refusal:
    """Return the refusal of a request of a client behind a proxy that has too many open."""
    return Refusal(503, "Too many requests at a time", headers={"Retry-After": "10"})


async def _answered(request: web.Request, handler: Handler, clients: Connections) -> web.StreamResponse:
    """Return the answer, unless the path is outside or the client has too many requests behind proxies."""
    if IS_OUTSIDE in request:
        return Refusal(404, f"No such resource: {request.path}").answer()
    if HAS_PASSED_PROXY not in request:
        return await handler(request)
    address = counted_as(request.remote or "")
    if not clients.enter(address):
        return too_many_requests().answer()
    try:
        return await handler(request)
    finally:
        clients.leave(address)


def headers_of_answers(
    options: ServerOptions,
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return the function that adds headers to every answer before it is sent."""

    async def on_response_prepare(request: web.Request, answer: web.StreamResponse) -> None:
        answer.headers.popall(hdrs.SERVER, None)  # it names the library and its version
        for name, value in EVERYWHERE.items():
            answer.headers.setdefault(name, value)
        added = {**identified(request), **cross_origin_headers(request, options.origins)}
        if hdrs.VARY in added and hdrs.VARY in answer.headers:
            added[hdrs.VARY] = f"{answer.headers[hdrs.VARY]}, {added[hdrs.VARY]}"
        answer.headers.update(added)

    return on_response_prepare
