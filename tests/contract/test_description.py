"""The description of the API: valid, current, whole, and shown by a page that works."""

import asyncio
import hashlib
import json
import re
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

import bridge.api.openapi.pages as served
from bridge.app.bridge import RunningBridge
from bridge.config.settings import UploadSettings
from scripts.write_openapi import FILE, described
from tests.contract.browser import PROGRAM, a_browser
from tests.tools.openapi_document import DOCUMENT
from tests.tools.world import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")
OPERATIONS = [
    (method, path)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    if method != "parameters"
]
WEBHOOKS = [(method, name) for name, methods in DOCUMENT["webhooks"].items() for method in methods]
STATIC = Path(served.__file__).parent / "static"
SIGNED = ["webhook-id", "webhook-timestamp", "webhook-signature"]
VENDORED = STATIC / "swagger-ui"


async def test_the_description_is_valid() -> None:
    errors = [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()]

    assert errors == []


async def test_the_kept_copy_is_current() -> None:
    assert FILE.read_bytes() == described(), "run: make openapi"


async def test_a_running_bridge_gives_the_same_description_to_everyone(
    bridge: RunningBridge, http: aiohttp.ClientSession
) -> None:
    async with http.get(bridge.url + "/openapi.json") as response:
        assert (response.status, response.content_type) == (200, "application/json")
        assert await response.read() == described()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_every_operation_has_a_name_its_refusals_and_an_example_of_each(method: str, path: str) -> None:
    operation = DOCUMENT["paths"][path][method]
    errors = {int(status): answer for status, answer in operation["responses"].items() if int(status) >= 400}

    assert {401, 500, 503} <= errors.keys()
    assert 402 not in errors, "it is never sent"
    assert operation["operationId"]
    assert operation["summary"]
    for status, answer in errors.items():
        examples = [
            example["value"] for example in answer["content"]["application/json"]["examples"].values()
        ]
        assert examples
        assert {example["code"] for example in examples} == {status}


async def test_names_of_operations_are_used_once() -> None:
    asked = [DOCUMENT["paths"][path][method]["operationId"] for method, path in OPERATIONS]
    told = [DOCUMENT["webhooks"][name][method]["operationId"] for method, name in WEBHOOKS]

    assert len(set(asked + told)) == len(asked + told)


@pytest.mark.parametrize("verb", ["create", "create_single", "animate", "meme_face", "button"])
async def test_a_submit_tells_its_key_its_callback_and_when_to_come_back(verb: str) -> None:
    operation = DOCUMENT["paths"][f"/v1/pixverse/{verb}"]["post"]

    assert "Idempotency-Key" in [parameter["name"] for parameter in operation["parameters"]]
    assert "Idempotent-Replayed" in operation["responses"]["200"]["headers"]
    callback = operation["callbacks"]["ended"]["{$request.body#/replyUrl}"]["post"]
    assert [parameter["name"] for parameter in callback["parameters"]] == SIGNED
    for status in ("429", "503"):
        assert "Retry-After" in operation["responses"][status]["headers"]


async def test_an_alert_to_the_operator_is_described_as_a_webhook_signed_as_a_callback_is() -> None:
    assert WEBHOOKS == [("post", "accountChanged")]

    alert = DOCUMENT["webhooks"]["accountChanged"]["post"]

    assert [parameter["name"] for parameter in alert["parameters"]] == SIGNED
    assert alert["security"] == []


@pytest.mark.parametrize("path", ["/docs", "/docs/docs.js", "/docs/swagger-ui.css"])
async def test_the_page_lets_nothing_in_from_elsewhere(
    api: Api, http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(api.url + path) as response:
        policy = response.headers["Content-Security-Policy"]

    assert response.status == 200
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe|https?:|\*", policy)


async def test_the_page_with_a_slash_leads_to_the_page(api: Api, http: aiohttp.ClientSession) -> None:
    async with http.get(api.url + "/docs/") as response:
        assert (response.status, response.url.path) == (200, "/docs")


async def test_the_vendored_files_are_those_that_their_page_names() -> None:
    told = dict(
        re.findall(r"^\| `(\S+)` \| `([0-9a-f]{64})` \|$", (VENDORED / "README.md").read_text(), re.MULTILINE)
    )

    assert {name: hashlib.sha256((VENDORED / name).read_bytes()).hexdigest() for name in told} == told
    assert "Apache License" in (VENDORED / "LICENSE").read_text()


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium here")
@pytest.mark.thorough
async def test_a_browser_shows_every_operation_and_complains_of_nothing(
    api: Api, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with a_browser(tmp_path, http) as browser:
        await browser.call("Page.navigate", url=api.url + "/docs")
        await browser.until(f"document.querySelectorAll('.opblock').length >= {len(OPERATIONS + WEBHOOKS)}")

        shown = await browser.value(
            """[...document.querySelectorAll('.opblock')].map(block => [
                block.querySelector('.opblock-summary-method').textContent.toLowerCase(),
                block.querySelector('.opblock-summary-path').dataset.path,
            ])"""
        )

        assert sorted(map(tuple, shown)) == sorted(OPERATIONS + WEBHOOKS)
        assert browser.told == []
        assert {address.startswith((api.url, "data:")) for address in browser.asked} == {True}


async def test_the_forms_say_which_pictures_and_prompts_they_take() -> None:
    animate = DOCUMENT["paths"]["/v1/pixverse/animate"]["post"]["requestBody"]["content"][
        "multipart/form-data"
    ]
    forms = DOCUMENT["components"]["schemas"]

    assert animate["encoding"] == {"image": {"contentType": "image/jpeg, image/png"}}
    assert forms["AnimateForm"]["properties"]["image"]["maxLength"] == UploadSettings().max_bytes
    assert forms["ButtonForm"]["dependentSchemas"]["prompt"]["properties"]["button"]["enum"] == [
        *("V1", "V2", "V3", "V4", "🔀")
    ]
    assert forms["CreateForm"]["properties"]["character"]["x-applies-to"] == {"style": ["Anime"]}


async def test_the_description_is_sent_compressed_and_only_when_it_changed(
    bridge: RunningBridge, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{bridge.url}/openapi.json", headers={"Accept-Encoding": "gzip"}) as first:
        tag = first.headers["ETag"]
        assert first.headers["Content-Encoding"] == "gzip"
        assert await first.read() == described()

    asked = {"Accept-Encoding": "gzip", "If-None-Match": tag}
    async with http.get(f"{bridge.url}/openapi.json", headers=asked) as again:
        assert (again.status, await again.read()) == (304, b"")


SCHEMAS = DOCUMENT["components"]["schemas"]
FIELDS = [(name, field) for name, schema in SCHEMAS.items() for field in schema.get("properties", {})]


async def test_every_field_has_a_sentence_and_examples_that_fit_it() -> None:
    root = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": DOCUMENT["components"]}
    faults = []
    for name, field in FIELDS:
        schema = SCHEMAS[name]["properties"][field]
        is_optional = name.endswith("Form") and field not in SCHEMAS[name].get("required", [])
        is_plain = "$ref" not in json.dumps(schema) and schema.get("format") != "binary"
        examples = schema.get("examples", [])
        if not schema.get("description") or (is_plain and not examples):
            faults.append(f"{name}.{field} has no sentence or no example")
        for example in examples:
            means_absent = is_optional and example == ""
            if not means_absent and not Draft202012Validator({**root, **schema}).is_valid(example):
                faults.append(f"{name}.{field} does not take {example!r}")

    assert faults == []


async def test_every_parameter_and_every_json_body_has_an_example_that_fits_it() -> None:
    faults = []
    for method, path in OPERATIONS:
        operation = DOCUMENT["paths"][path][method]
        for parameter in operation["parameters"]:
            examples = parameter["schema"]["examples"]
            if not parameter["description"] or not all(
                Draft202012Validator(parameter["schema"]).is_valid(example) for example in examples
            ):
                faults.append(f"{method} {path} {parameter['name']}")
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is not None:
            root = {"components": DOCUMENT["components"], **body["schema"]}
            found = [error.message for error in Draft202012Validator(root).iter_errors(body["example"])]
            faults += [f"{method} {path}: {message}" for message in found] or (
                [] if body["example"] else [path]
            )

    assert faults == []


async def test_a_start_does_not_wait_for_the_description(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(_routes: object, picture_bytes: int) -> bytes:
        made.append(picture_bytes)
        return b"{}"

    monkeypatch.setattr(served, "description", counted)
    app = web.Application()
    served.add_pages(app, (), picture_bytes=7)
    assert made == []

    async with TestClient(TestServer(app)) as client:
        answers = await asyncio.gather(*(client.get("/openapi.json") for _ in range(3)))

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert made == [7]
