"""The verbs beside create: their fields reach the bot, and their uploads are what they say."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.tools.databases import both_engines
from tests.tools.pictures import jpeg, png
from tests.tools.verbs import send
from tests.tools.world import LIMIT_S, Api, Discord


def kept_in(folder: Path) -> list[Path]:
    return list((folder / "uploads").iterdir())


@both_engines
async def test_a_single_video_takes_a_seed(api: Api, discord: Discord) -> None:
    body = {"prompt": "a cat", "style": "Anime", "character": "klee", "seed_value": "42"}

    answer = await api.call("POST", "/v1/pixverse/create_single", json=body)
    record = await api.ended(answer.body["jobid"])

    assert (record["status"], record["seed_value"], record["character"]) == ("completed", 42, "klee")
    assert record["verb"] == "pixverse-create_single"
    assert len(record["attachments"]) == 1
    options = await discord.asked_for(record["attachments"][0]["url"])
    assert str(options["seed-value"]) == "42"


@both_engines
@pytest.mark.parametrize(
    ("content", "filename", "declared", "found"),
    [
        (png(), "blob", "application/octet-stream", "image/png"),
        (jpeg(), "blob", "application/octet-stream", "image/jpeg"),
        (jpeg(), "photo.png", "image/png", "image/jpeg"),
        (png(2_000_000), "big.png", "image/png", "image/png"),
    ],
    ids=["png blob", "jpeg blob", "jpeg that says it is a png", "big png"],
)
async def test_a_picture_is_animated_by_what_its_bytes_are(
    api: Api, tmp_path: Path, content: bytes, filename: str, declared: str, found: str
) -> None:
    fields = {"prompt": "make it move", "motion": "7", "hd_quality": "Yes", "style": "ignored"}

    answer = await send(api, "animate", ("image", content, filename, declared), **fields)
    record = await api.ended(answer.body["jobid"])

    assert answer.status == 200
    assert (record["status"], record["verb"]) == ("completed", "pixverse-animate")
    assert record["image"] == {"size": len(content), "type": found}
    assert (record["motion"], record["hd_quality"]) == (7, "Yes")
    assert "style" not in record
    async with asyncio.timeout(LIMIT_S):
        while kept_in(tmp_path):
            await asyncio.to_thread(lambda: None)


@both_engines
async def test_a_face_makes_a_meme(api: Api) -> None:
    answer = await send(
        api, "meme_face", ("face", png(), "blob", "image/png"), prompt="smile", seed_value="1"
    )

    record = await api.ended(answer.body["jobid"])

    assert (record["status"], record["verb"]) == ("completed", "pixverse-meme_face")
    assert record["face"] == {"size": len(png()), "type": "image/png"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"GIF89a" + b"x" * 100, "a GIF"),
        (png()[:-4], "It was cut"),
        (jpeg()[:-30], "It was cut"),
        (b"\x89PNG\r\n\x1a\n", "It was cut"),
        (b"\xff\xd8\xff", "It was cut"),
        (b"<html>", "an HTML page"),
        (b"\0", "no known format"),
    ],
    ids=["gif", "cut png", "cut jpeg", "png signature", "jpeg start", "html", "nul"],
)
async def test_what_is_no_whole_picture_is_refused(
    api: Api, tmp_path: Path, content: bytes, told: str
) -> None:
    answer = await send(api, "animate", ("image", content, "image.png", "image/png"))

    assert answer.status == 400
    assert answer.body["error"] == "image is not a supported image, must be one of jpg, png"
    assert told in answer.body["errorDetails"]
    assert kept_in(tmp_path) == []


async def test_a_picture_over_the_limit_is_refused(api: Api, tmp_path: Path) -> None:
    answer = await send(api, "animate", ("image", png(20_971_520), "image.png", "image/png"))

    assert answer.status == 400
    assert answer.body["error"] == "image is too large, the limit is 20971520 bytes"
    assert kept_in(tmp_path) == []


@pytest.mark.parametrize(
    ("verb", "file", "fields", "text"),
    [
        ("animate", None, {}, "image is missing or empty"),
        ("animate", ("image", b"", "blob", "image/png"), {}, "image is missing or empty"),
        ("animate", None, {"image": "text"}, "image must be a file"),
        ("animate", ("image", png(), "a", "b/c"), {"motion": "11"}, "motion 11 not supported, must be 1…10"),
        (
            "animate",
            ("image", png(), "a", "b/c"),
            {"hd_quality": "maybe"},
            "hd_quality maybe not supported, must be one of Yes, No",
        ),
        (
            "animate",
            ("image", png(), "a", "b/c"),
            {"prompt": "x" * 513},
            "prompt, replyRef or replyUrl is too long",
        ),
        ("meme_face", None, {"prompt": "smile"}, "face is missing or empty"),
        (
            "meme_face",
            ("face", png(), "a", "b/c"),
            {},
            "prompt, discord, server or channel value is missing",
        ),
        (
            "meme_face",
            ("face", png(), "a", "b/c"),
            {"prompt": "x" * 513},
            "prompt, negative_prompt, replyRef or replyUrl is too long",
        ),
        (
            "meme_face",
            ("face", png(), "a", "b/c"),
            {"prompt": "smile", "seed_value": "2147483648"},
            "seed_value 2147483648 not supported, must be 0…2147483647",
        ),
    ],
)
async def test_a_bad_upload_form_is_refused_in_the_contracts_words(
    api: Api, verb: str, file: Any, fields: dict[str, str], text: str
) -> None:
    answer = await send(api, verb, file, **fields)

    assert (answer.status, answer.body["error"]) == (400, text)


@pytest.mark.parametrize("verb", ["animate", "meme_face"])
async def test_a_verb_that_needs_a_file_takes_form_data_only(api: Api, verb: str) -> None:
    as_json = await api.call("POST", f"/v1/pixverse/{verb}", json={"prompt": "a cat"})
    urlencoded = await api.call("POST", f"/v1/pixverse/{verb}", data={"prompt": "a cat"})

    assert (as_json.status, urlencoded.status) == (415, 415)
    assert as_json.body["code"] == 415
