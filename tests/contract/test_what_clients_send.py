"""Small inputs that real clients and people send, and what is made of each."""

import json
from typing import Any

import pytest

from tests.contract.asking import (
    BOUNDARY,
    VERBS,
    File,
    body_of,
    good,
    has_passed,
    part,
    send,
    send_bytes,
    types_of,
)
from tests.tools.world import Api, Discord

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_PROMPT = "prompt, discord, server or channel value is missing"
BLANK = [" ", "\r\n\t", "\u200b\u200d\u2060", "\u00a0\u3000", "\u2800", "\u3164", "\ufe0f", "\u00ad \u200e"]
MARK = b"\xef\xbb\xbf"


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
async def test_a_body_may_begin_with_a_byte_order_mark(api: Api, kind: str) -> None:
    body = {"application/json": json.dumps(good("create")).encode()}.get(
        kind, b"prompt=a+cat&style=Anime&channel=123456789012345678"
    )

    answer = await send_bytes(api, "create", MARK + body, kind)

    assert has_passed(answer), answer


@pytest.mark.parametrize("path", ["/v2/account", "/v1/pixverse/callbacks/redeliver"])
async def test_every_json_body_may_begin_with_a_byte_order_mark(api: Api, path: str) -> None:
    headers = {"Content-Type": "application/json"}

    answer = await api.call("POST", path, data=MARK + b'{"jobid": "nobody"}', headers=headers)

    assert answer.status == (404 if "redeliver" in path else 200), answer


@pytest.mark.parametrize("prompt", BLANK)
@pytest.mark.parametrize("verb", ["create", "create_single", "meme_face"])
async def test_a_prompt_that_shows_nothing_is_none(api: Api, verb: str, prompt: str) -> None:
    for kind in types_of(verb):
        answer = await send(api, verb, kind, good(verb, prompt=prompt))

        assert (answer.status, answer.body["error"]) == (400, NO_PROMPT), (kind, answer)


@pytest.mark.parametrize("prompt", BLANK)
async def test_a_prompt_that_need_not_be_given_is_left_out_when_it_shows_nothing(
    api: Api, discord: Discord, prompt: str
) -> None:
    fields = {"image": good("animate")["image"], "prompt": prompt}

    answer = await send(api, "animate", "form", fields)

    assert answer.status == 200, answer
    assert "prompt" not in answer.body
    sent = (await discord.interactions())[-1]
    assert "prompt" not in json.dumps(sent["options"])


@pytest.mark.parametrize("prompt", ["👨\u200d👩\u200d👧", "❤\ufe0f", "\u0301", ".", "שלום\u200f"])
async def test_a_prompt_that_shows_anything_is_one(api: Api, prompt: str) -> None:
    answer = await send(api, "create", "json", good("create", prompt=prompt))

    assert has_passed(answer), answer


@pytest.mark.parametrize("drawn", ["🔀\ufe0f", "🔀\ufe0e", "🔀"])
async def test_a_button_is_the_same_however_its_emoji_is_drawn(api: Api, drawn: str) -> None:
    asked = await send(api, "create_single", "json", {"prompt": "a cat", "style": "Anime"})
    parent = await api.ended(asked.body["jobid"])

    answer = await send(api, "button", "json", {"jobid": parent["jobid"], "button": drawn, "prompt": "a dog"})

    assert answer.status == 200, answer
    assert answer.body["button"] == drawn.rstrip("\ufe0f\ufe0e")


@pytest.mark.parametrize("verb", VERBS)
async def test_form_data_of_many_parts_is_refused_at_a_bound(api: Api, verb: str) -> None:
    body = part("prompt", "x") * 10_000 + f"--{BOUNDARY}--\r\n".encode()

    answer = await send_bytes(api, verb, body, f"multipart/form-data; boundary={BOUNDARY}")

    assert (answer.status, answer.body["error"]) == (400, "The body has more than 100 fields")


@pytest.mark.parametrize("start", [b"\r\n", b"a line\r\n"])
async def test_lines_that_belong_to_no_field_are_refused_at_a_bound(api: Api, start: bytes) -> None:
    body, kind = body_of("form", list(good("create").items()))

    few = await send_bytes(api, "create", start * 100 + body, kind)
    many = await send_bytes(api, "create", start * 50_000 + body, kind)

    assert has_passed(few), few
    assert (many.status, many.body["error"]) == (400, "The body is not valid form data")


async def test_a_style_that_is_sent_to_animate_is_ignored(api: Api) -> None:
    answer = await send(api, "animate", "form", good("animate", style="No Such Style", character="nobody"))

    assert has_passed(answer), answer


@pytest.mark.parametrize("verb", ["animate", "meme_face"])
@pytest.mark.parametrize("field", ["prompt", "file", "picture"])
async def test_a_picture_in_a_wrong_field_is_told_so(api: Api, verb: str, field: str) -> None:
    right = {"animate": "image", "meme_face": "face"}[verb]
    large = File(b"\x89PNG\r\n\x1a\n" + bytes(2_000_000))

    answer = await send(api, verb, "form", good(verb, **{right: ..., field: large}))

    assert answer.status == 400, answer
    assert answer.body["error"] == f"{right} is missing or empty"
    assert answer.body["errorDetails"] == f"The file came as {field}"


@pytest.mark.parametrize("verb", ["create", "create_single", "button"])
async def test_a_picture_for_a_verb_that_takes_none_is_told_so(api: Api, verb: str) -> None:
    picture = File(bytes(2_000_000))
    answer: Any = await send(api, verb, "form", good(verb, image=picture))

    assert answer.status == 413, answer
    assert answer.body["errorDetails"] == "image is a file, and this takes none"
