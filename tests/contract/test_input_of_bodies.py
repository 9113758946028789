"""Bodies of every kind: what is not fine is JSON with the contract's status, and nothing is submitted."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

import bridge.api.http.request_body as bodies
from tests.contract.asking import (
    BOUNDARY,
    VERBS,
    File,
    body_of,
    good,
    has_passed,
    head,
    is_house_style,
    part,
    raw,
    send,
    send_bytes,
    types_of,
)
from tests.tools.pictures import png
from tests.tools.world import Api, Discord

pytestmark = pytest.mark.asyncio(loop_scope="module")
FORM = f"multipart/form-data; boundary={BOUNDARY}"
JSON = "application/json"
WORDS = [verb for verb in VERBS if "json" in types_of(verb)]


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _nothing_is_submitted(discord: Discord) -> AsyncIterator[None]:
    yield
    assert await discord.interactions() == []


BROKEN_JSON = {
    "cut": b'{"prompt": "a',
    "no value": b'{"prompt":}',
    "words": b"prompt=a cat",
    "single quotes": b"{'prompt': 'a'}",
    "comma at the end": b'{"prompt": "a",}',
    "two values": b"{}{}",
    "NaN": b'{"maxJobs": NaN}',
    "Infinity": b'{"maxJobs": -Infinity}',
    "a raw NUL": b'{"prompt": "a\0"}',
    "no UTF-8": b'{"prompt": "\xff\xfe"}',
    "UTF-16": '{"prompt": "a"}'.encode("utf-16"),
    "half of a pair, raw": b'{"prompt": "\xed\xa0\x80"}',
    "deep lists": b'{"prompt":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a list": b"[]",
    "a text": b'"prompt"',
    "a number": b"5",
    "null": b"null",
    "a huge number": b"9" * 100_000,
}


@pytest.mark.parametrize("body", BROKEN_JSON.values(), ids=BROKEN_JSON.keys())
@pytest.mark.parametrize("verb", WORDS)
async def test_what_is_no_json_object_is_refused(api: Api, verb: str, body: bytes) -> None:
    answer = await send_bytes(api, verb, body, JSON)

    assert (answer.status, is_house_style(answer)) == (400, True)
    assert answer.body["error"].startswith("The body ")


@pytest.mark.parametrize("digits", [400, 5_000, 500_000])
async def test_a_huge_number_in_a_field_is_refused(api: Api, digits: int) -> None:
    body = json.dumps(good("create")).encode()[:-1] + b', "maxJobs": ' + b"9" * digits + b"}"

    answer = await send_bytes(api, "create", body, JSON)

    assert (answer.status, is_house_style(answer)) == (400, True)


@pytest.mark.parametrize("nothing", [b"", b"   ", b"{}"])
@pytest.mark.parametrize("verb", WORDS)
async def test_an_empty_body_misses_what_is_needed(api: Api, verb: str, nothing: bytes) -> None:
    answer = await send_bytes(api, verb, nothing, JSON)

    assert (answer.status, is_house_style(answer)) == (400, True)
    assert answer.body["error"].endswith("value is missing")


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "text/json",
        "application/xml",
        "application/octet-stream",
        "application/vnd.api+json",
        "multipart/mixed; boundary=a",
        "image/png",
        "*/*",
        "nonsense",
        "",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/json; charset=nonsense",
        "application/x-www-form-urlencoded; charset=cp1252",
    ],
)
@pytest.mark.parametrize("verb", VERBS)
async def test_another_type_or_charset_is_not_supported(api: Api, verb: str, kind: str) -> None:
    answer = await send_bytes(api, verb, b"{}", kind)

    assert (answer.status, is_house_style(answer)) == (415, True)


@pytest.mark.parametrize(
    "kind", ["application/json; charset=UTF-8", 'application/json;charset="utf-8"', "Application/JSON"]
)
async def test_a_type_may_be_written_in_many_ways(api: Api, kind: str) -> None:
    answer = await send_bytes(api, "create", json.dumps(good("create")).encode(), kind)

    assert has_passed(answer)


BROKEN_FORMS = {
    "no boundary": (b"--a\r\n\r\n--a--", "multipart/form-data"),
    "an empty boundary": (b"--a\r\n\r\n--a--", "multipart/form-data; boundary="),
    "another boundary": (
        part("prompt", "a") + f"--{BOUNDARY}--".encode(),
        "multipart/form-data; boundary=other",
    ),
    "a boundary that is too long": (b"", "multipart/form-data; boundary=" + "a" * 200),
    "cut in a head": (f"--{BOUNDARY}\r\nContent-Dispo".encode(), FORM),
    "cut in a value": (part("prompt", "a cat")[:-6], FORM),
    "no name": (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\na\r\n--{BOUNDARY}--\r\n".encode(),
        FORM,
    ),
    "no disposition": (f"--{BOUNDARY}\r\n\r\na\r\n--{BOUNDARY}--\r\n".encode(), FORM),
    "an odd letter in a name": (part("a\x01b", "a") + f"--{BOUNDARY}--\r\n".encode(), FORM),
    "a value that is no UTF-8": (
        part("prompt", "a").replace(b"\r\na", b"\r\n\xff\xfe") + f"--{BOUNDARY}--\r\n".encode(),
        FORM,
    ),
    "form data in form data": (
        part("prompt", "--b\r\n\r\nx\r\n--b--", "Content-Type: multipart/mixed; boundary=b\r\n")
        + f"--{BOUNDARY}--\r\n".encode(),
        FORM,
    ),
    "an unknown coding": (
        part("prompt", "a", "Content-Transfer-Encoding: rot13\r\n") + f"--{BOUNDARY}--\r\n".encode(),
        FORM,
    ),
    "a coding that is a lie": (
        part("prompt", "a!", "Content-Transfer-Encoding: base64\r\n") + f"--{BOUNDARY}--\r\n".encode(),
        FORM,
    ),
    "many heads": (
        part("prompt", "a", "".join(f"X-{n}: y\r\n" for n in range(5000))) + f"--{BOUNDARY}--\r\n".encode(),
        FORM,
    ),
    "a long head": (
        part("prompt", "a", "X: " + "y" * 100_000 + "\r\n") + f"--{BOUNDARY}--\r\n".encode(),
        FORM,
    ),
    "only text": (b"prompt=a", FORM),
}


@pytest.mark.parametrize(("body", "kind"), BROKEN_FORMS.values(), ids=BROKEN_FORMS.keys())
@pytest.mark.parametrize("verb", VERBS)
async def test_what_is_no_form_data_is_refused(api: Api, verb: str, body: bytes, kind: str) -> None:
    answer = await send_bytes(api, verb, body, kind)

    assert (answer.status, is_house_style(answer)) == (400, True), answer
    assert answer.body["error"] == "The body is not valid form data"
    assert len(answer.body["errorDetails"].split()) > 1, "one word is a name in the source"


@pytest.mark.parametrize(
    ("coding", "text"),
    [("base64", "YSBjYXQ="), ("quoted-printable", "a=20cat"), ("8bit", "a cat"), ("binary", "a cat")],
)
@pytest.mark.parametrize("verb", VERBS)
async def test_a_part_may_say_how_it_is_coded(api: Api, verb: str, coding: str, text: str) -> None:
    body, kind = body_of("form", list(good(verb).items()))

    answer = await send_bytes(
        api, verb, part("prompt", text, f"Content-Transfer-Encoding: {coding}\r\n") + body, kind
    )

    assert has_passed(answer), answer


@pytest.mark.parametrize("kind", ["json", "form", "urlencoded"])
async def test_more_fields_than_anyone_needs_are_refused_or_ignored(api: Api, kind: str) -> None:
    many = {f"field{n}": "x" for n in range(20_000)}

    answer = await send(api, "create", kind, {**good("create"), **many})

    assert has_passed(answer) if kind == "json" else (answer.status, is_house_style(answer)) == (400, True)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "nonsense", "gzip, gzip"])
@pytest.mark.parametrize("kind", ["json", "urlencoded", "form"])
async def test_a_packed_body_is_not_supported_be_it_whole_cut_a_bomb_or_a_lie(
    api: Api, coding: str, kind: str
) -> None:
    plain, content_type = body_of(kind, list(good("create").items()))
    pack = zlib.compress if coding == "deflate" else gzip.compress

    for body in (pack(plain), pack(plain)[:-20], pack(b"x" * 10_000_000), plain):
        answer = await send_bytes(api, "create", body, content_type, **{"Content-Encoding": coding})

        assert (answer.status, is_house_style(answer)) == (415, True), answer
        assert answer.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("verb", VERBS)
async def test_a_body_that_never_comes_is_not_waited_for(
    api: Api, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.api.http.request_body.LIMIT_S", 0.05)
    monkeypatch.setattr("bridge.api.submitting.UPLOAD_S", 0.05)
    kind = JSON if verb in WORDS else FORM

    async with asyncio.timeout(30):
        status, body, _ = await raw(api, head(api, verb, f"Content-Type: {kind}", "Content-Length: 50"))

    assert (status, body["code"]) == (408, 408)
    assert body["error"] == "The body did not arrive within 0.05 seconds"


async def test_a_body_over_the_limit_is_refused_before_it_is_read(api: Api) -> None:
    lines = (f"Content-Type: {JSON}", f"Content-Length: {bodies.MOST_BYTES + 1}")

    status, body, _ = await raw(api, head(api, "create", *lines))

    assert (status, body["error"]) == (413, f"The body is too large, the limit is {bodies.MOST_BYTES} bytes")


@pytest.mark.parametrize("verb", ["animate", "meme_face"])
async def test_a_picture_in_a_field_of_another_name_is_ignored(api: Api, verb: str) -> None:
    fields = {**good(verb), "other": File(png())}

    assert has_passed(await send(api, verb, "form", fields))
