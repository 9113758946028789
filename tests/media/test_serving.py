"""Videos of the mirror over HTTP: ranges and conditions as RFC 9110 has them, and nothing but videos."""

import hashlib
import shutil
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from yarl import URL

from bridge.api.http.options import Limits, ServerOptions
from bridge.api.server import serving
from bridge.flows.access.callers import callers_of
from bridge.store.files.media import MediaUnavailable
from tests.media.conftest import LARGE, Rig
from tests.server.conftest import is_cut
from tests.tools.databases import on_sqlite

VIDEO = b"0123456789"
TAG = f'"{hashlib.sha256(VIDEO).hexdigest()}"'
pytestmark = on_sqlite


@pytest.fixture
async def base(rig: Rig) -> AsyncIterator[str]:
    """The server's address, and below it a video as the only one in the mirror."""
    await rig.completed(1, VIDEO)
    await rig.plan()
    await rig.download()
    callers = callers_of(rig.database, rig.clock, lambda: None)
    options = ServerOptions("127.0.0.1", 0, base_path="/pixverse")
    async with serving((), callers, options, lambda: None, rig.files()) as port:
        yield f"http://127.0.0.1:{port}/pixverse/media"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


async def name_of(rig: Rig) -> str:
    [row] = await rig.rows()
    return row.name


async def test_a_video_is_served_whole_with_what_caches_and_browsers_need(
    rig: Rig, base: str, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{base}/{await name_of(rig)}") as answer:
        body, headers = await answer.read(), answer.headers
    async with http.head(f"{base}/{await name_of(rig)}") as head:
        of_head = head.headers

    assert (answer.status, body) == (200, VIDEO)
    assert headers["Content-Type"] == of_head["Content-Type"] == "video/mp4"
    assert headers["Content-Length"] == of_head["Content-Length"] == "10"
    assert headers["ETag"] == of_head["ETag"] == TAG
    assert headers["Accept-Ranges"] == of_head["Accept-Ranges"] == "bytes"
    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-30", 206, VIDEO, "bytes 0-9/10"),
        ("bytes=8-999999999999", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=-0", 416, None, "bytes */10"),
        ("bytes=3-2", 200, VIDEO, None),
        ("bytes=-", 200, VIDEO, None),
        ("bytes=0-1,3-4", 200, VIDEO, None),
        ("items=0-3", 200, VIDEO, None),
        ("bytes=" + "9" * 40 + "-", 200, VIDEO, None),
        ("bytes=٣-", 200, VIDEO, None),
    ],
)
async def test_a_range_is_answered_as_the_rules_say(
    rig: Rig,
    base: str,
    http: aiohttp.ClientSession,
    asked: str,
    status: int,
    body: bytes | None,
    told: str | None,
) -> None:
    async with http.get(f"{base}/{await name_of(rig)}", headers={"Range": asked}) as answer:
        found = await answer.read()

    assert (answer.status, answer.headers.get("Content-Range")) == (status, told)
    assert body is None or found == body


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        ({"If-None-Match": TAG}, 304, b""),
        ({"If-None-Match": "*"}, 304, b""),
        ({"If-None-Match": '"other"'}, 200, VIDEO),
        ({"Range": "bytes=0-1", "If-Range": TAG}, 206, b"01"),
        ({"Range": "bytes=0-1", "If-Range": '"other"'}, 200, VIDEO),
        ({"Range": "bytes=0-1", "If-Range": f"W/{TAG}"}, 200, VIDEO),
        ({"Range": "bytes=0-1", "If-Range": "Wed, 21 Oct 2015 07:28:00 GMT"}, 200, VIDEO),
        ({"Range": "bytes=99-", "If-Range": '"other"'}, 200, VIDEO),
    ],
)
async def test_a_condition_is_answered_as_the_rules_say(
    rig: Rig, base: str, http: aiohttp.ClientSession, headers: dict[str, str], status: int, body: bytes
) -> None:
    async with http.get(f"{base}/{await name_of(rig)}", headers=headers) as answer:
        found = await answer.read()

    assert (answer.status, found) == (status, body)


@pytest.mark.parametrize(
    "name",
    [
        "%2e%2e%2fbridge.db",
        "..%2f..%2fetc%2fpasswd",
        "incoming",
        "%00",
        "A" * 36,
        "0" * 32 + ".mp4",
        "0" * 32 + ".mp4%00",
        "0" * 32 + ".exe",
        "x" * 5_000,
    ],
)
async def test_no_other_path_leads_to_a_file(
    rig: Rig, base: str, http: aiohttp.ClientSession, name: str
) -> None:
    async with http.get(URL(f"{base}/{name}", encoded=True)) as answer:
        body = await answer.json()

    assert (answer.status, body["code"]) == (404, 404)


async def test_a_video_that_cannot_be_read_now_is_503(
    rig: Rig, base: str, http: aiohttp.ClientSession
) -> None:
    shutil.rmtree(rig.folder)

    async with http.get(f"{base}/{await name_of(rig)}") as answer:
        body = await answer.json()

    assert (answer.status, answer.headers["Retry-After"], body["error"]) == (
        503,
        "30",
        "The media mirror is not available",
    )
    assert await rig.states() == [("kept", 0)]


async def test_an_answer_that_cannot_be_ended_is_cut(
    rig: Rig, base: str, http: aiohttp.ClientSession
) -> None:
    class Ending:
        async def opened(self, *_: object) -> AsyncIterator[bytes]:
            return self.pieces()

        async def pieces(self) -> AsyncIterator[bytes]:
            yield VIDEO[:5]
            raise MediaUnavailable("the file has become shorter")

    rig.store.opened = Ending().opened  # type: ignore[method-assign,assignment]

    with pytest.raises(aiohttp.ClientPayloadError):
        async with http.get(f"{base}/{await name_of(rig)}") as answer:
            await answer.read()


async def test_a_video_that_was_lost_is_404_until_it_is_there_again(
    rig: Rig, base: str, http: aiohttp.ClientSession
) -> None:
    name = await name_of(rig)
    (rig.folder / name).unlink()
    async with http.get(f"{base}/{name}") as answer:
        lost = answer.status

    await rig.download()
    async with http.get(f"{base}/{name}") as answer:
        again = answer.status

    assert (lost, again) == (404, 200)


async def test_a_client_that_reads_nothing_of_a_video_is_cut(rig: Rig) -> None:
    await rig.completed(1, b"x" * LARGE)
    await rig.plan()
    await rig.download()
    name = await name_of(rig)
    callers = callers_of(rig.database, rig.clock, lambda: None)
    options = ServerOptions("127.0.0.1", 0, limits=Limits(reads_nothing_s=0.2))

    async with serving((), callers, options, lambda: None, rig.files()) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(f"GET /media/{name} HTTP/1.1\r\nHost: bridge\r\n\r\n".encode() * 40)
            client.setblocking(False)
            await is_cut(client)
