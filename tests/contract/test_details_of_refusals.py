"""Refusals name the field and its limit in `errorDetails`; `error` keeps the contract's text."""

import json
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import pytest_asyncio

from bridge.api.contract.fields import INCOMPLETE
from tests.contract.asking import GOOD, NOWHERE, good, head, is_house_style, raw, send, send_bytes
from tests.tools.world import Api, Discord

pytestmark = pytest.mark.asyncio(loop_scope="module")
LONG = "prompt, negative_prompt, replyRef or replyUrl is too long"
URLENCODED = "application/x-www-form-urlencoded"
ROWS: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "create",
        {"negative_prompt": "🐈" * 257},
        LONG,
        "negative_prompt has 514 characters (UTF-16 units), the limit is 512",
    ),
    (
        "create",
        {"replyRef": "x" * 1025},
        LONG,
        "replyRef has 1025 characters (UTF-16 units), the limit is 1024",
    ),
    ("create", {"prompt": "\u200b"}, INCOMPLETE, "prompt is missing or empty"),
    ("create", {"channel": ..., "server": NOWHERE}, INCOMPLETE, "given: server"),
    ("button", {"jobid": ...}, "jobid or button value is missing", "jobid is missing or empty"),
    ("button", {"button": "U9"}, "button U9 not supported", "Buttons are U1, U2, U3, U4, V1"),
    ("button", {"button": "U1", "prompt": "x"}, "button U1 does not support prompt", "V1, V2, V3, V4, 🔀"),
]


@pytest.mark.parametrize(("verb", "changes", "error", "details"), ROWS)
async def test_a_refusal_names_the_field_and_its_limit_beside_the_contracts_text(
    api: Api, verb: str, changes: dict[str, Any], error: str, details: str
) -> None:
    answer = await send(api, verb, "json", good(verb, **changes))

    assert (answer.status, answer.body["error"]) == (400, error)
    assert details in answer.body["errorDetails"]


async def test_an_id_that_is_none_is_answered_with_how_one_looks(api: Api, discord: Discord) -> None:
    fields = {**discord.spares[0], "channel": "12"}

    submitted = await send(api, "create", "json", good("create", **fields))
    configured = await api.call("POST", "/v1/pixverse/account/12", json={**fields, "maxJobs": 1})

    assert submitted.body["error"] == "channel 12 is not valid Discord channel id"
    assert configured.body["error"] == "Required param channel (12) is not valid Discord channel id"
    assert all("17 to 20 digits" in each.body["errorDetails"] for each in (submitted, configured))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def completed(api: Api) -> Any:
    answer = await api.create("a cat")
    return await api.ended(answer.body["jobid"])


async def test_a_button_that_a_job_does_not_have_is_answered_with_those_it_has(
    api: Api, completed: Any
) -> None:
    absent = next(each for each in ("⏫", "U1") if each not in completed["buttons"])

    answer = await send(api, "button", "json", {"jobid": completed["jobid"], "button": absent})

    assert (answer.status, answer.body["error"]) == (400, f"button {absent} not supported")
    assert answer.body["errorDetails"] == f"The job has the buttons {', '.join(completed['buttons'])}"


async def test_json_that_came_as_form_data_is_answered_with_the_header_to_send(api: Api) -> None:
    """`curl -d` sends every body as form data unless it is told otherwise."""
    answer = await send_bytes(api, "create", json.dumps(GOOD["create"]).encode(), URLENCODED)

    assert (answer.status, is_house_style(answer)) == (400, True)
    assert "Content-Type: application/json" in answer.body["errorDetails"]


async def test_form_data_that_begins_like_json_is_still_form_data(api: Api) -> None:
    body = urlencode({"{": "}", **GOOD["create"]}, safe="{}").encode()

    answer = await send_bytes(api, "create", body, URLENCODED)

    assert answer.status == 404, "it came through every check"


@pytest.mark.parametrize(
    ("verb", "lines", "told"),
    [
        ("create", (), "no Content-Type: send a JSON body with the header Content-Type: application/json"),
        ("create", ("Content-Type: text/plain",), "as text/plain: send a JSON body"),
        (
            "animate",
            ("Content-Type: application/json",),
            "send the fields and the picture as multipart/form-data",
        ),
    ],
)
async def test_a_body_of_another_type_is_answered_with_what_to_do(
    api: Api, verb: str, lines: tuple[str, ...], told: str
) -> None:
    status, body, _ = await raw(api, head(api, verb, *lines, "Content-Length: 2") + b"{}")

    assert status == 415
    assert body["error"].startswith("Content-Type must be ")
    assert told in body["errorDetails"]


@pytest.mark.parametrize(
    "path", ["/v1/pixverse/jobs", "/v1/pixverse/jobs/", "/v1/pixverse/jobs/history", "/v1/pixverse/health"]
)
async def test_an_answer_is_json_in_one_line_without_spaces_and_ends_with_a_newline(
    api: Api, http: aiohttp.ClientSession, completed: Any, path: str
) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    query = f"?jobid={completed['jobid']}" if path.endswith("/") else ""
    for asked in (f"{path}{query}", f"{path}?jobid=nobody"):
        async with http.get(api.url + asked, headers=headers) as response:
            text = await response.text()

        plain = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
        assert text == f"{plain}\n"
