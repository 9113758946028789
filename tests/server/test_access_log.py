"""The id of a request, on every answer and line about it; and one line for each request."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bridge.api.http.access_log import access_log
from bridge.api.http.guard import Handler
from bridge.api.http.protocol import written
from bridge.api.metrics import counting
from bridge.clock import SystemClock
from bridge.metrics.at_scrape import Found
from bridge.metrics.http import HttpMetrics
from bridge.metrics.metrics import Metrics
from tests.server.conftest import CREATE, HEALTH, LIMIT_S, Serve

BROKEN = b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"
HEADER = "x-request-id"


@pytest.mark.parametrize("path", [HEALTH, "/v1/nothing", "/docs/", "/healthz"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH"])
async def test_the_id_of_a_request_is_given_back_whatever_the_answer(
    serve: Serve, method: str, path: str
) -> None:
    async with serve() as server:
        reply = await server.ask(method, path, "X-Request-ID: order-1042/7")

    assert reply.headers[HEADER] == "order-1042/7"


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([], id="none"),
        pytest.param(["X-Request-ID: "], id="empty"),
        pytest.param(["X-Request-ID: a b"], id="two words"),
        pytest.param(['X-Request-ID: "quoted"'], id="quoted"),
        pytest.param(["X-Request-ID: \u00e9"], id="not ASCII"),
        pytest.param([f"X-Request-ID: {'a' * 129}"], id="too long"),
        pytest.param(["X-Request-ID: a", "X-Request-ID: b"], id="two"),
    ],
)
async def test_a_request_without_an_id_that_may_stand_in_a_log_gets_a_new_one(
    serve: Serve, lines: list[str]
) -> None:
    async with serve() as server:
        replies = [await server.ask("GET", HEALTH, *lines) for _ in range(2)]

    ids = {reply.headers[HEADER] for reply in replies}
    assert (len(ids), {len(one) for one in ids}) == (2, {32})


async def test_an_answer_to_what_is_no_http_has_an_id(serve: Serve) -> None:
    async with serve() as server:
        [reply] = await server.replies(BROKEN)

    assert (reply.status, len(reply.headers[HEADER])) == (400, 32)


async def test_a_page_of_another_origin_may_send_an_id_and_read_it(serve: Serve) -> None:
    async with serve(origins=("https://a.example",)) as server:
        asked = ("Origin: https://a.example", "Access-Control-Request-Method: POST")
        preflight = await server.ask("OPTIONS", CREATE, *asked)
        reply = await server.ask("GET", HEALTH, asked[0])

    assert "X-Request-ID" in preflight.headers["access-control-allow-headers"]
    assert "X-Request-ID" in reply.headers["access-control-expose-headers"]


async def test_each_request_has_one_line_with_the_template_of_its_route(serve: Serve) -> None:
    with capture_logs(processors=[merge_contextvars]) as lines:
        async with serve() as server:
            await server.ask("GET", HEALTH, "X-Request-ID: one")
            await server.ask("POST", CREATE, "X-Request-ID: two", body=b"nothing")
            await server.ask("GET", "/v1/nothing/secret", "X-Request-ID: three")
            await server.ask("GET", HEALTH, "X-Request-ID: four", "Authorization: Bearer wrong")

    assert requests(lines) == [
        ("one", "GET", HEALTH, 200, "default"),
        ("two", "POST", CREATE, 415, "default"),
        ("three", "GET", "none", 404, "default"),
        ("four", "GET", HEALTH, 401, None),
    ]


async def test_a_line_is_at_info_and_says_how_long_it_took(serve: Serve) -> None:
    with capture_logs() as lines:
        async with serve() as server:
            await server.ask("GET", HEALTH)

    [line] = [line for line in lines if line["event"] == "request"]
    assert line["log_level"] == "info"
    assert 0 <= line["ms"] < 30_000


async def test_the_lines_can_be_switched_off_and_the_id_stays(serve: Serve) -> None:
    with capture_logs() as lines:
        async with serve(is_access_logged=False) as server:
            reply = await server.ask("GET", HEALTH, "X-Request-ID: one")

    assert requests(lines) == []
    assert reply.headers[HEADER] == "one"


def requests(lines: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return what the access log says of each request."""
    names = ("request_id", "method", "route", "status", "tenant")
    return [tuple(line.get(name) for name in names) for line in lines if line["event"] == "request"]


@pytest.mark.parametrize("is_written", [False, True])
async def test_a_client_that_leaves_before_its_answer_has_the_status_499_and_counts_nowhere(
    is_written: bool,
) -> None:
    has_begun, has_ended = asyncio.Event(), asyncio.Event()
    metrics = Metrics(SystemClock(), "1.2.3")

    async def slow(request: web.Request) -> web.Response:
        has_begun.set()
        await has_left(request)
        answer = web.Response()
        if is_written:
            await written(request, answer)
        has_ended.set()
        return answer

    with capture_logs() as lines:
        async with slow_server(slow, metrics.http) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await asyncio.wait_for(has_begun.wait(), LIMIT_S)
            writer.close()
            await asyncio.wait_for(has_ended.wait(), LIMIT_S)

    assert [line["status"] for line in lines if line["event"] == "request"] == [499]
    assert "pixverse_bridge_http_requests_total{" not in metrics.text(Found(1, {}, None)).decode()


async def has_left(request: web.Request) -> None:
    async with asyncio.timeout(LIMIT_S):
        while True:
            if request.transport is None:
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def slow_server(handler: Handler, requests: HttpMetrics) -> AsyncIterator[int]:
    clock = SystemClock()
    app = web.Application(middlewares=[access_log(clock, is_on=True), counting(requests, clock)])
    app.router.add_get("/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
