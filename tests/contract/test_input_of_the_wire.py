"""Requests that are hardly HTTP, odd paths, heads and queries: answered in the house style."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.contract.asking import BOUNDARY, VERBS, head, is_house_style, raw
from tests.tools.world import Api, Discord

pytestmark = pytest.mark.asyncio(loop_scope="module")
JSON = "Content-Type: application/json"
BODY = b'{"prompt": "a cat", "style": "Realistic"}'


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _nothing_is_submitted(discord: Discord) -> AsyncIterator[None]:
    yield
    assert await discord.interactions() == []


MALFORMED = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "another version": b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    "an odd method": b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
    "a space in the path": b"GET /v1/pix verse HTTP/1.1\r\nHost: a\r\n\r\n",
    "a head without a colon": b"GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n",
    "a NUL in a head": b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    "a huge head": b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "a huge path": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length that is no number": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    "a length below nothing": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "a length and chunks": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a token on a bad line": b"Authorization: Bearer a-secret-token HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_no_http_is_told_so_and_not_repeated(api: Api, request_bytes: bytes) -> None:
    status, body, whole = await raw(api, request_bytes)

    assert (status, body) == (400, {"error": "The request is not valid HTTP", "code": 400})
    assert b"application/json" in whole
    assert b"secret" not in whole


@pytest.mark.parametrize("chunks", [b"zz\r\nab\r\n0\r\n\r\n", b"-1\r\n", b"2\r\nabcd\r\n"])
@pytest.mark.parametrize("verb", VERBS)
async def test_chunks_that_are_garbage_are_refused(api: Api, verb: str, chunks: bytes) -> None:
    kind = (
        JSON
        if verb not in ("animate", "meme_face")
        else f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
    )

    status, body, _ = await raw(api, head(api, verb, kind, "Transfer-Encoding: chunked") + chunks)

    assert (status, body["code"]) == (400, 400)
    assert body["error"]


async def test_a_body_in_chunks_is_counted(api: Api) -> None:
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"

    status, body, _ = await raw(api, head(api, "create", JSON, "Transfer-Encoding: chunked") + chunk * 20)

    assert (status, body["code"]) == (413, 413)


async def test_a_length_that_is_too_small_cuts_the_body(api: Api) -> None:
    status, body, _ = await raw(api, head(api, "create", JSON, "Content-Length: 10") + BODY)

    assert (status, body["code"]) == (400, 400)


@pytest.mark.parametrize("what", ["a-thing", "100-continue, a-thing"])
async def test_an_expectation_that_nobody_knows_is_ignored(api: Api, what: str) -> None:
    lines = (JSON, f"Expect: {what}", "Content-Length: 2")

    status, body, _ = await raw(api, head(api, "create", *lines) + b"{}")

    assert (status, body["code"]) == (400, 400)


ODD_PATHS = [
    "//v1/pixverse/jobs",
    "/v1//pixverse/jobs",
    "/v1/pixverse/../pixverse/jobs",
    "/x/../v1/pixverse/jobs",
    "/v1%2fpixverse%2fjobs",
    "/v1/pixverse/jobs%2f",
    "/%76%31/pixverse/jobs",
    "/V1/pixverse/jobs",
    "/v1/pixverse/jobs%00",
    "/v1/pixverse/jobs%ff",
    "/v1/pixverse/jobs;a=b",
    "/v1/pixverse/account/..%2f..%2fetc%2fpasswd",
    "/v1/pixverse/account/%00",
    "/v1/pixverse/account/%F0%9F%90%88",
    "/v1/pixverse/account/" + "9" * 3000,
    "/docs/../../settings.py",
    "/docs/..%2f..%2fsettings.py",
    "/docs/%2e%2e/%2e%2e/settings.py",
    "/docs/swagger-ui/LICENSE",
    "http://elsewhere/v1/pixverse/jobs",
    "/v1/pixverse/jobs?jobid",
    "/",
    "/v1",
    "/v1/",
    "/v2",
    "*",
]


@pytest.mark.parametrize("path", ODD_PATHS)
async def test_an_odd_path_opens_nothing_without_the_token(api: Api, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    status, body, _ = await raw(api, request.encode())

    assert status in (400, 401, 404)
    assert body["code"] == status


@pytest.mark.parametrize("path", ODD_PATHS)
async def test_an_odd_path_is_no_fault_with_the_token(api: Api, path: str) -> None:
    lines = f"Host: a\r\nAuthorization: Bearer {api.token}\r\nConnection: close"

    status, _, whole = await raw(api, f"GET {path} HTTP/1.1\r\n{lines}\r\n\r\n".encode())

    assert status in (200, 400, 404)
    assert b"application/json" in whole


QUERIES = [
    "jobid=%00",
    "jobid=%ff%fe",
    "jobid=%F0%9F%90%88",
    "jobid=" + "x" * 5000,
    "jobid=a&jobid=b",
    "jobid[]=a",
    "jobid=../../x",
    "jobid=%0d%0aSet-Cookie:%20a=b",
    "jobid=' OR 1=1 --",
    "jobid=a;b",
    "&&&=&",
    "%",
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("path", ["jobs/", "jobs/cancel", "jobs/history", "callbacks", "events"])
async def test_an_odd_query_is_no_fault(api: Api, path: str, query: str) -> None:
    lines = f"Host: a\r\nAuthorization: Bearer {api.token}\r\nAccept: application/json\r\nConnection: close"
    target = f"/v1/pixverse/{path}?{query}".replace(" ", "%20")

    status, body, whole = await raw(api, f"GET {target} HTTP/1.1\r\n{lines}\r\n\r\n".encode())

    assert status in (200, 400, 404)
    assert body["code"] == status
    assert b"\r\nSet-Cookie" not in whole


@pytest.mark.parametrize(
    "path",
    [
        "jobs?jobid=%00",
        "jobs/?jobid=a%00",
        "jobs/cancel?jobid=%00",
        "jobs/timeline?jobid=%00",
        "jobs/history?replyRef=%00",
        "jobs/history?channel=%00",
        "callbacks?jobid=%00",
        "events?jobid=%00",
        "account/%00",
        "account/1%00/statistics",
    ],
)
async def test_nul_in_a_path_or_a_query_is_refused_by_whatever_database(api: Api, path: str) -> None:
    lines = f"Host: a\r\nAuthorization: Bearer {api.token}\r\nAccept: application/json\r\nConnection: close"

    status, body, _ = await raw(api, f"GET /v1/pixverse/{path} HTTP/1.1\r\n{lines}\r\n\r\n".encode())

    assert (status, body["error"]) == (400, "The path and the query must not hold NUL")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=1.5",
        "limit=%00",
        "limit=" + "9" * 5000,
        "cursor=%00",
        "cursor=" + "f" * 5000,
        "cursor=-1",
        "status=%00",
        "verb=🐈",
        "prompt=%00",
        "prompt=a%00b",
        "prompt=%EF%BB%BF",
        "prompt=" + "x" * 513,
        "prompt=" + "%F0%9F%90%88" * 257,
    ],
)
async def test_a_page_that_cannot_be_is_refused(api: Api, query: str) -> None:
    answer = await api.get(f"/v1/pixverse/jobs/history?{query}")

    assert (answer.status, is_house_style(answer)) == (400, True)


@pytest.mark.parametrize(
    "prompt", ["%ED%A0%80", "%ff", "%", "%22%22%22", "%F0%9F%90%88", "%D7%A9%D7%9C", "null", "%20"]
)
async def test_an_odd_part_of_a_prompt_is_looked_for(api: Api, prompt: str) -> None:
    lines = f"Host: a\r\nAuthorization: Bearer {api.token}\r\nConnection: close"
    target = f"/v1/pixverse/jobs/history?prompt={prompt}"

    status, body, _ = await raw(api, f"GET {target} HTTP/1.1\r\n{lines}\r\n\r\n".encode())

    assert (status, body["jobs"]) == (200, [])


@pytest.mark.parametrize("position", ["-1", "1.5", "x", "٣", "9" * 500, "0x1", " "])
async def test_a_position_that_cannot_be_is_refused(api: Api, position: str) -> None:
    answer = await api.get("/v1/pixverse/events", params={"last_event_id": position})

    assert (answer.status, is_house_style(answer)) == (400, True)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "Bearer",
        "Basic eDp5",
        "Bearer  ",
        "Bearer \x80\xff",
        "Token an-api-token:with-marks",
        "Bearer an-api-token",
    ],
)
async def test_another_token_is_no_token(api: Api, http: aiohttp.ClientSession, token: str) -> None:
    request = b"GET /v1/pixverse/jobs HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: "

    status, body, _ = await raw(api, request + token.encode("latin-1") + b"\r\n\r\n")

    assert (status, body) == (401, {"error": "Unauthorized", "code": 401})
