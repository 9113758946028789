"""Bodies of any bytes, as JSON, as form data and as what they are not: each answer is a described one."""

import json
from random import Random
from typing import Any

import aiohttp
from yarl import URL

from tests.acceptance.conftest import api as api
from tests.acceptance.conftest import bridge as bridge
from tests.acceptance.conftest import http as http
from tests.acceptance.conftest import sandbox as sandbox
from tests.contract.asking import NOWHERE
from tests.fuzz.made_up import damaged, damaged_bytes, made, value
from tests.fuzz.trying import Trial
from tests.tools.openapi_document import DOCUMENT
from tests.tools.pictures import jpeg, png
from tests.tools.world import Api

BOUNDARY = b"a-boundary"
FIELDS = {
    "prompt": "a cat",
    "style": "Anime",
    "channel": NOWHERE,
    "server": NOWHERE,
    "replyUrl": "https://example.com/a",
    "replyRef": "r",
    "seed_value": "5",
    "motion": 5,
    "hd_quality": "Yes",
    "aspect_ratio": "16:9",
    "maxJobs": 3,
    "jobid": "nobody",
    "button": "V1",
    "discord": "not.a.token",
}
PATHS = (
    "/v1/pixverse/create",
    "/v1/pixverse/create_single",
    "/v1/pixverse/animate",
    "/v1/pixverse/meme_face",
    "/v1/pixverse/button",
    f"/v1/pixverse/account/{NOWHERE}",
    "/v2/account",
)
TYPES = (
    "application/json",
    "multipart/form-data; boundary=a-boundary",
    "multipart/form-data; boundary=a-boundary",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "text/plain",
)


def part(name: str, content: bytes, *more: bytes) -> bytes:
    head = b'Content-Disposition: form-data; name="' + name.encode() + b'"' + b"".join(more)
    return b"--" + BOUNDARY + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n"


FORM = b"".join(
    (
        *(part(name, str(text).encode()) for name, text in FIELDS.items()),
        part("image", png(), b'; filename="a.png"\r\nContent-Type: image/png'),
        part("face", jpeg(), b'; filename="b"\r\nContent-Transfer-Encoding: binary'),
        b"--" + BOUNDARY + b"--\r\n",
    )
)


def body(chance: Random) -> bytes:
    """Return a body: damaged JSON, any JSON, JSON with other bytes in it, or damaged form data."""
    kind = chance.randrange(4)
    if kind == 0:
        return json.dumps(damaged(chance, FIELDS)).encode()
    if kind == 1:
        return json.dumps(value(chance)).encode()
    if kind == 2:
        return damaged_bytes(chance, json.dumps(FIELDS).encode())
    return damaged_bytes(chance, FORM, FORM[: chance.randrange(len(FORM))])


def request(chance: Random) -> tuple[str, str, bytes]:
    """Return a path, a type of body and a body; most bodies have their type."""
    content = body(chance)
    kind = TYPES[1] if content.startswith(b"--") else TYPES[0]
    return chance.choice(PATHS), chance.choice(TYPES) if chance.randrange(4) == 0 else kind, content


async def test_every_answer_to_a_made_up_body_is_described(
    api: Api, http: aiohttp.ClientSession, trial: Trial
) -> None:
    told = {path: described(path) for path in PATHS}

    async def send(drawn: tuple[str, str, bytes]) -> None:
        path, kind, content = drawn
        headers = {"Authorization": f"Bearer {api.token}", "Content-Type": kind}
        async with http.post(URL(api.url + path), data=content, headers=headers) as response:
            answer = await response.read()
        assert response.status in told[path], (response.status, answer)
        assert response.status < 400 or json.loads(answer)["code"] == response.status

    await trial.run(made(request), send, few=150)

    assert (await api.get("/v1/pixverse/health")).status == 200


def described(path: str) -> set[int]:
    """Return the statuses that the description has for a POST of a path, 500 left out."""
    for template, operations in DOCUMENT["paths"].items():
        names, given = template.strip("/").split("/"), path.strip("/").split("/")
        is_same = len(names) == len(given) and all(
            a == b or a[0] == "{" for a, b in zip(names, given, strict=True)
        )
        if is_same and "post" in operations:
            operation: dict[str, Any] = operations["post"]
            return {int(status) for status in operation["responses"] if status.isdigit()} - {500}
    raise AssertionError(f"{path} is not described")
