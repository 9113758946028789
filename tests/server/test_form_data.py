"""Form data has a limit for each part, and for all of them together."""

import json

import pytest

from tests.contract.asking import BOUNDARY, File, part
from tests.server.conftest import ANIMATE, CREATE, MOST_PICTURE, Reply, Serve, Served
from tests.tools.pictures import png

END = f"--{BOUNDARY}--\r\n".encode()
KIND = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
PICTURE = File(png(MOST_PICTURE - len(png(1))), kind="image/png")


async def sent(server: Served, path: str, *parts: bytes) -> Reply:
    return await server.ask("POST", path, KIND, body=b"".join(parts) + END)


@pytest.mark.parametrize("path", [CREATE, ANIMATE])
async def test_text_is_limited_in_one_part_and_in_all(serve: Serve, path: str) -> None:
    async with serve() as server:
        fits = await sent(server, path, part("a", "x" * 1_000_000))
        one = await sent(server, path, part("a", "x" * 1_100_000))
        many = await sent(server, path, *(part(f"a{n}", "x" * 20_000) for n in range(90)))

    assert (fits.status, one.status, many.status) == (200, 413, 413)


async def test_pictures_are_limited_in_one_part_and_in_all(serve: Serve) -> None:
    async with serve() as server:
        last_counts = await sent(server, ANIMATE, part("image", PICTURE), part("image", PICTURE))
        one = await sent(server, ANIMATE, part("image", File(png(MOST_PICTURE))))
        many = await sent(server, ANIMATE, *(part("image", PICTURE) for _ in range(3)))

    assert (last_counts.status, one.status, many.status) == (200, 400, 400)
    assert "too large" in json.loads(many.body)["error"]


@pytest.mark.parametrize("path", [CREATE, ANIMATE])
async def test_what_belongs_to_no_field_is_limited(serve: Serve, path: str) -> None:
    lines = b"".join(b"x" * 60_000 + b"\r\n" for _ in range(30))

    async with serve() as server:
        reply = await sent(server, path, lines, part("a", "b"))

    assert (reply.status, json.loads(reply.body)["error"]) == (400, "The body is not valid form data")


async def test_a_packed_part_is_not_unpacked(serve: Serve) -> None:
    packed = part("a", "x", "Content-Encoding: gzip\r\n")

    async with serve() as server:
        reply = await sent(server, CREATE, packed)

    assert reply.status == 200
