"""Headers of every answer: a browser must neither guess its type nor run anything in it."""

import pytest

from tests.server.conftest import HEALTH, Reply, Serve

BROKEN = b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"


def is_safe_to_open(reply: Reply) -> bool:
    return (
        reply.headers["x-content-type-options"] == "nosniff"
        and reply.headers["server"] == "pixverse-bridge"
        and "default-src 'none'" in reply.headers["content-security-policy"]
        and "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        and "unsafe" not in reply.headers["content-security-policy"]
    )


@pytest.mark.parametrize(
    "path", [HEALTH, "/v1/nothing", "/nothing", "/docs", "/docs/", "/docs/docs.js", "/openapi.json"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
async def test_every_answer_can_be_opened_safely(serve: Serve, method: str, path: str) -> None:
    async with serve() as server:
        reply = await server.ask(method, path)

    assert is_safe_to_open(reply)


async def test_an_answer_to_what_is_no_http_can_be_opened_safely(serve: Serve) -> None:
    async with serve() as server:
        [reply] = await server.replies(BROKEN)

    assert (reply.status, is_safe_to_open(reply)) == (400, True)
