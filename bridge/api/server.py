"""The HTTP server, with a graceful stop."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bridge.api.http.entrance import entrance, headers_of_answers
from bridge.api.http.guard import guard
from bridge.api.http.options import ServerOptions
from bridge.api.http.parser_errors import http_log
from bridge.api.http.protocol import Runner
from bridge.api.openapi.pages import add_pages
from bridge.api.openapi.route import Route
from bridge.api.routes import register
from bridge.errors import AddressError, why_not_listening
from bridge.grace import ANSWERS_S

KEEP_ALIVE_S: Final = 20.0


@asynccontextmanager
async def serving(
    routes: Sequence[Route], tenants: Mapping[str, str], options: ServerOptions, close: Callable[[], None]
) -> AsyncIterator[int]:
    """Serve the routes and yield the port; raises `AddressError`. `close` ends requests and streams."""
    app = web.Application(middlewares=[entrance(options), guard(tenants)])
    app.on_response_prepare.append(headers_of_answers(options))
    register(app, routes)
    add_pages(app, routes)
    app.on_shutdown.append(_calling(close))
    runner = Runner(
        app,
        access_log=None,
        logger=http_log(),
        auto_decompress=False,
        keepalive_timeout=KEEP_ALIVE_S,
        shutdown_timeout=ANSWERS_S,
        handle_signals=False,
    )
    await runner.setup()
    try:
        yield await _listen(runner, options.host, options.port)
    finally:
        await runner.cleanup()


def _calling(close: Callable[[], None]) -> Callable[[web.Application], Awaitable[None]]:
    async def on_shutdown(_app: web.Application) -> None:
        close()

    return on_shutdown


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise AddressError(f"Cannot listen on {host}:{port}: {why_not_listening(error)}.") from error
    found: int = runner.addresses[0][1]
    return found
