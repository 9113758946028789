"""What a browser is told: nothing without `server.cors_origins`, and else what a page may ask and read."""

import pytest

from tests.server.conftest import CREATE, HEALTH, Reply, Serve

PAGE = "https://app.example"
ASKING = ("Access-Control-Request-Method: POST", "Authorization: none")


def told(reply: Reply) -> set[str]:
    return {name for name in reply.headers if name.startswith("access-control-")}


async def test_closed_by_default(serve: Serve) -> None:
    async with serve() as server:
        preflight = await server.ask("OPTIONS", CREATE, f"Origin: {PAGE}", *ASKING)
        answer = await server.ask("GET", HEALTH, f"Origin: {PAGE}")

    assert (preflight.status, told(preflight)) == (401, set())
    assert (answer.status, told(answer), "vary" in answer.headers) == (200, set(), False)


async def test_a_preflight_of_a_listed_page_is_answered_without_a_token(serve: Serve) -> None:
    async with serve(origins=(PAGE,)) as server:
        reply = await server.ask("OPTIONS", CREATE, f"Origin: {PAGE}", *ASKING)

    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["access-control-allow-origin"] == PAGE
    assert "POST" in reply.headers["access-control-allow-methods"]
    allowed = set(reply.headers["access-control-allow-headers"].split(", "))
    assert allowed == {
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "Last-Event-ID",
        "Prefer",
        "X-Request-ID",
        "traceparent",
    }
    assert "Origin" in reply.headers["vary"].split(", ")


@pytest.mark.parametrize("path", [HEALTH, "/v1/nothing", "/openapi.json", "/docs"])
@pytest.mark.parametrize("token", ["Authorization: none", "X: y"])
async def test_a_listed_page_can_read_every_answer(serve: Serve, path: str, token: str) -> None:
    async with serve(origins=(PAGE,)) as server:
        reply = await server.ask("GET", path, f"Origin: {PAGE}", token)

    assert reply.headers["access-control-allow-origin"] == PAGE
    assert {"Retry-After", "RateLimit"} <= set(reply.headers["access-control-expose-headers"].split(", "))
    assert "Origin" in reply.headers["vary"].split(", ")
    assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize(
    "origin", ["https://app.example.evil.example", "http://app.example", "https://app.example:8443", "null"]
)
async def test_another_page_is_told_nothing(serve: Serve, origin: str) -> None:
    async with serve(origins=(PAGE,)) as server:
        preflight = await server.ask("OPTIONS", CREATE, f"Origin: {origin}", *ASKING)
        answer = await server.ask("GET", HEALTH, f"Origin: {origin}")

    assert (preflight.status, told(preflight)) == (401, set())
    assert (told(answer), answer.headers["vary"]) == (set(), "Origin")


async def test_every_page_may_ask_where_a_star_is_listed(serve: Serve) -> None:
    async with serve(origins=("*",)) as server:
        reply = await server.ask("OPTIONS", CREATE, "Origin: https://whoever.example", *ASKING)

    assert (reply.status, reply.headers["access-control-allow-origin"]) == (204, "*")


async def test_a_program_that_names_no_origin_is_answered_as_always(serve: Serve) -> None:
    async with serve(origins=(PAGE,)) as server:
        reply = await server.ask("GET", HEALTH)

    assert (reply.status, told(reply)) == (200, set())
