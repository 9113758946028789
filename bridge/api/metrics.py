"""`/metrics`: what Prometheus scrapes; and the counting of requests."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from bridge.access.scopes import Scope
from bridge.api.http.access_log import has_gone, route_of
from bridge.api.http.guard import Handler, scoped
from bridge.metrics.http import HttpMetrics
from bridge.metrics.metrics import CONTENT_TYPE
from bridge.ports import Clock

PATH: Final = "/metrics"
STREAM: Final = "text/event-stream"


@dataclass(frozen=True, slots=True)
class MetricsPage:
    """The handler of `/metrics`, and what counts requests. `is_open`: it needs no token."""

    text: Callable[[], Awaitable[bytes]]
    requests: HttpMetrics
    clock: Clock
    is_open: bool = False

    async def get(self, _request: web.Request) -> web.Response:
        """Answer with all metrics."""
        headers = {hdrs.CONTENT_TYPE: CONTENT_TYPE, hdrs.CACHE_CONTROL: "no-store"}
        return web.Response(body=await self.text(), headers=headers)


def add_metrics(app: web.Application, page: MetricsPage) -> None:
    """Let an application show its metrics."""
    app.router.add_get(PATH, page.get if page.is_open else scoped(Scope.METRICS, page.get))


def counting(requests: HttpMetrics, clock: Clock) -> Middleware:
    """Return the middleware that counts answers. One whose client has gone is not counted."""

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        began_ms = clock.monotonic_ms()
        answer = await handler(request)
        seconds = None if answer.content_type == STREAM else (clock.monotonic_ms() - began_ms) / 1000
        if not has_gone(request, answer):
            requests.answered(route_of(request), request.method, answer.status, seconds)
        return answer

    return counted
