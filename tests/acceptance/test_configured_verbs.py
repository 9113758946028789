"""A verb that stands only in the configuration: submit, stream, callback, button, history and description."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from bridge.app.bridge import RunningBridge
from bridge.config.overrides import Overrides
from bridge.sandbox import Sandbox
from tests.tools.databases import both_engines
from tests.tools.pictures import png
from tests.tools.verbs import send
from tests.tools.world import Api, Discord, Receiver, bridge_on

WEBP: Final = b"RIFF\x1a\0\0\0WEBPVP8L" + b"\0" * 18
COMMANDS: Final[dict[str, Any]] = {
    "create_single": {"name": "another"},
    "tune": {
        "name": "create_single",
        "about": "Make a video with a look",
        "buttons": ["Extend"],
        "fields": {
            "prompt": {"type": "string", "required": True},
            "look": {
                "type": "choice",
                "required": True,
                "option": "style",
                "choices": {"real": "Realistic", "drawn": "Anime"},
            },
            "seed": {"type": "integer", "min": 0, "max": 1000, "option": "seed-value"},
        },
    },
    "meme_face": {"name": "others"},
    "portrait": {
        "name": "meme_face",
        "fields": {
            "prompt": {"type": "string", "required": True},
            "person": {"type": "image", "required": True, "option": "face", "formats": ["png", "webp"]},
        },
    },
}


@pytest.fixture
async def bridge(sandbox: Sandbox, tmp_path: Path, engine: dict[str, Any]) -> AsyncIterator[RunningBridge]:
    bot = Overrides.model_validate({"commands": COMMANDS})
    async with bridge_on(sandbox, tmp_path, bot=bot, **engine) as bridge:
        yield bridge


@both_engines
async def test_a_verb_of_the_configuration_goes_the_whole_way(
    api: Api, discord: Discord, receiver: Receiver
) -> None:
    body = {"prompt": "a cat", "look": "drawn", "seed": "7", "replyUrl": receiver.url, "replyRef": "mine"}
    key = {"Idempotency-Key": "once"}

    answer = await api.call("POST", "/v1/pixverse/tune", json=body, headers=key)
    again = await api.call("POST", "/v1/pixverse/tune", json=body, headers=key)
    ended = await api.ended(answer.body["jobid"])
    pressed = await api.call(
        "POST", "/v1/pixverse/button", json={"jobid": ended["jobid"], "button": ended["buttons"][0]}
    )
    remade = await api.ended(pressed.body["jobid"])
    told = (await receiver.next())["job"]
    history = await api.call("GET", "/v1/pixverse/jobs/history?verb=pixverse-tune&status=completed")
    of_all = await api.call("GET", "/v1/pixverse/jobs/history?status=completed")

    assert (answer.status, again.body["jobid"]) == (200, answer.body["jobid"])
    assert (ended["status"], ended["verb"], ended["look"], ended["seed"]) == (
        "completed",
        "pixverse-tune",
        "drawn",
        7,
    )
    options = await discord.asked_for(ended["attachments"][0]["url"])
    assert (options["style"], str(options["seed-value"])) == ("Anime", "7")
    assert (told["look"], told["replyRef"]) == ("drawn", "mine")
    assert (remade["status"], remade["parentJobId"]) == ("completed", ended["jobid"])
    assert [job["jobid"] for job in history.body["jobs"]] == [ended["jobid"]]
    assert ended["jobid"] in [job["jobid"] for job in of_all.body["jobs"]]


async def test_its_files_may_have_the_formats_that_its_row_says(api: Api) -> None:
    good = await send(api, "portrait", ("person", WEBP, "blob", "image/png"), prompt="smile")
    bad = await send(api, "portrait", ("person", b"GIF89a" + b"x" * 100, "blob", "image/png"), prompt="smile")
    without = await send(api, "portrait", ("other", png(), "blob", "image/png"), prompt="smile")
    ended = await api.ended(good.body["jobid"])

    assert (ended["status"], ended["person"]) == ("completed", {"size": len(WEBP), "type": "image/webp"})
    assert (bad.status, bad.body["error"]) == (
        400,
        "person is not a supported image, must be one of png, webp",
    )
    assert bad.body["errorDetails"] == "The file is a GIF. Send the picture as PNG or WebP."
    assert (without.status, without.body["error"]) == (400, "person is missing or empty")


async def test_programs_learn_of_it_and_its_description_is_valid(api: Api) -> None:
    listed = await api.call("GET", "/v1/pixverse/verbs")
    described = await api.call("GET", "/openapi.json")

    verbs = {verb["path"]: verb for verb in listed.body["verbs"]}
    assert list(verbs) == ["create", "create_single", "animate", "meme_face", "button", "tune", "portrait"]
    assert verbs["tune"]["fields"][1] == {
        "name": "look",
        "type": "choice",
        "required": True,
        "choices": ["real", "drawn"],
    }
    assert verbs["tune"]["buttons"] == ["Extend"]
    document = described.body
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    operation = document["paths"]["/v1/pixverse/tune"]["post"]
    assert (operation["operationId"], operation["summary"]) == ("runTune", "Make a video with a look")
    assert operation["requestBody"]["content"]["application/json"]["example"] == {
        "prompt": "a cat on a skateboard",
        "look": "real",
    }
    record = document["components"]["schemas"]["JobRecord"]["properties"]
    assert "pixverse-tune" in record["verb"]["enum"]
    assert (record["look"]["type"], record["seed"]["type"]) == ("string", "integer")
    assert record["person"]["$ref"] == "#/components/schemas/UploadView"
    texts = json.dumps(document["paths"]["/v1/pixverse/portrait"])
    assert "person is not a supported image, must be one of png, webp" in texts
    assert "image/png, image/webp" in texts
