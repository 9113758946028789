"""Runs the application: makes the protocol of each connection, and rewrites requests of trusted proxies."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from aiohttp import web
from aiohttp.web_request import BaseRequest

from bridge.api.http.options import Limits
from bridge.api.http.protocol import Protocol
from bridge.api.http.proxies import Rewrite


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
    def __call__(self) -> "Protocol":
        return Protocol(self, loop=self._loop, **self._kwargs)
