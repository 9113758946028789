"""The HTTP server, with a graceful stop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from bridge.api.http.accepting import Acceptor, MakeProtocol
from bridge.api.http.access_log import access_log
from bridge.api.http.entrance import entrance, headers_of_answers
from bridge.api.http.guard import GUARDED, guard
from bridge.api.http.handshakes import Handshakes
from bridge.api.http.options import ServerOptions
from bridge.api.http.parser_errors import http_log
from bridge.api.http.proxies import rewriting
from bridge.api.http.rate_limits import show_usage
from bridge.api.http.runner import Runner
from bridge.api.media import add_media
from bridge.api.metrics import PATH, MetricsPage, add_metrics, counting
from bridge.api.openapi.pages import add_pages
from bridge.api.openapi.route import Route
from bridge.api.page import add_page
from bridge.api.probes import Probes, add_probes
from bridge.api.routes import register
from bridge.errors import AddressError, why_not_listening
from bridge.flows.access.callers import Callers
from bridge.grace import ANSWERS_S
from bridge.media.serving import MediaFiles

BACKLOG: Final = 1_024
"""How many connections may wait to be accepted."""


@asynccontextmanager
async def serving(
    routes: Sequence[Route],
    callers: Callers,
    options: ServerOptions,
    close: Callable[[], None],
    media: MediaFiles | None = None,
    probes: Probes | None = None,
    metrics: MetricsPage | None = None,
) -> AsyncIterator[int]:
    """Serve the routes and yield the port; raises `AddressError`. `close` ends requests and streams.

    `media` are the videos of the mirror, if there is one. `probes` need no token, `metrics` as they say.
    """
    logging = access_log(callers.clock, is_on=options.is_access_logged)
    app = web.Application(
        middlewares=[logging, *_counting(metrics), entrance(options), _guard(callers, metrics)]
    )
    app.on_response_prepare.append(headers_of_answers(options))
    app.on_response_prepare.append(show_usage)
    register(app, routes)
    add_pages(app, routes, options.picture_bytes)
    add_page(app, options)
    if probes is not None:
        add_probes(app, probes)
    if metrics is not None:
        add_metrics(app, metrics)
    if media is not None:
        add_media(app, media)
    app.on_shutdown.append(_calling(close))
    runner = Runner(
        app,
        options.limits,
        rewriting(options),
        access_log=None,
        logger=http_log(),
        auto_decompress=False,
        shutdown_timeout=ANSWERS_S,
        handle_signals=False,
    )
    await runner.setup()
    try:
        async with _listening(options, runner.protocol) as port:
            yield port
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _listening(options: ServerOptions, make: MakeProtocol) -> AsyncIterator[int]:
    """Accept connections and yield the port."""
    async with _handshakes(options) as handshakes:
        server = await _listen(Acceptor(options, make, handshakes), options.host, options.port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()


@asynccontextmanager
async def _handshakes(options: ServerOptions) -> AsyncIterator[Handshakes | None]:
    """Yield what does TLS, and cancel it at the end; None without a certificate."""
    if options.certificate is None:
        yield None
        return
    async with asyncio.TaskGroup() as group:
        handshakes = Handshakes(options.certificate, options.limits, group)
        try:
            yield handshakes
        finally:
            handshakes.stop()


def _counting(metrics: MetricsPage | None) -> Sequence[Middleware]:
    return [] if metrics is None else [counting(metrics.requests, metrics.clock)]


def _guard(callers: Callers, metrics: MetricsPage | None) -> Middleware:
    is_open = metrics is not None and metrics.is_open
    return guard(callers, tuple(path for path in GUARDED if not (is_open and path == PATH)))


def _calling(close: Callable[[], None]) -> Callable[[web.Application], Awaitable[None]]:
    async def on_shutdown(_app: web.Application) -> None:
        close()

    return on_shutdown


async def _listen(acceptor: Acceptor, host: str, port: int) -> asyncio.Server:
    try:
        return await asyncio.get_running_loop().create_server(acceptor.accepted, host, port, backlog=BACKLOG)
    except OSError as error:
        raise AddressError(f"Cannot listen on {host}:{port}: {why_not_listening(error)}.") from error
