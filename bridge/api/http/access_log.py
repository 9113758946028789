"""The id of a request, and the line that the log has of each."""

import asyncio
import re
import secrets
from collections.abc import Mapping
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware
from aiohttp.web_request import BaseRequest
from structlog.contextvars import bound_contextvars

from bridge.api.http.guard import TENANT, Handler
from bridge.ports import Clock

log = structlog.get_logger(__name__)

HEADER: Final = "X-Request-ID"
REQUEST_ID: Final = web.RequestKey("request_id", str)
HAS_GONE: Final = web.RequestKey("has_gone", bool)
"""There if an answer could not be written any more."""
NOWHERE: Final = "none"
"""The route of a request that no route is for: anyone may ask for any path."""
GONE: Final = 499
"""The status of a request whose client has gone before its answer, which nginx made the usual one."""
LONGEST_METHOD: Final = 20
_TAKEN: Final = re.compile(r"[A-Za-z0-9._~+/=:@-]{1,128}")


def access_log(clock: Clock, *, is_on: bool) -> Middleware:
    """Return the outermost middleware: it gives a request its id, and logs its end if `is_on`."""

    @web.middleware
    async def logged(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REQUEST_ID] = _id_of(request)
        began_ms, status = clock.monotonic_ms(), 500
        with bound_contextvars(request_id=request[REQUEST_ID]):
            try:
                answer = await handler(request)
                status = GONE if has_gone(request, answer) else answer.status
            except (ConnectionError, asyncio.CancelledError):
                status = GONE
                raise
            finally:
                if is_on:
                    _log(request, status, clock.monotonic_ms() - began_ms)
        return answer

    return logged


def has_gone(request: web.Request, answer: web.StreamResponse) -> bool:
    """Return whether the client has gone before its answer, so that nobody gets that."""
    return HAS_GONE in request or (not answer.prepared and request.transport is None)


def route_of(request: web.Request) -> str:
    """Return the template of a request's route, such as `/v1/pixverse/account/{channel}`."""
    resource = request.match_info.route.resource
    return NOWHERE if resource is None else resource.canonical


def identified(request: BaseRequest) -> Mapping[str, str]:
    """Return the header with the id of a request; one that is not valid HTTP gets its id here."""
    return {HEADER: request.get(REQUEST_ID) or _new_id()}


def _id_of(request: web.Request) -> str:
    """Return the id that a request brought, or a new one if it brought none that may stand in a log."""
    given = request.headers.getall(HEADER, ())
    return given[0] if len(given) == 1 and _TAKEN.fullmatch(given[0]) else _new_id()


def _new_id() -> str:
    return secrets.token_hex(16)


def _log(request: web.Request, status: int, ms: int) -> None:
    method, tenant = request.method[:LONGEST_METHOD], request.get(TENANT)
    log.info("request", method=method, route=route_of(request), status=status, ms=ms, tenant=tenant)
