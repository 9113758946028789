"""The rules that hold for every route: tokens, methods, slashes, codes, masks and times."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.contract.asking import is_house_style
from tests.tools.openapi_document import DOCUMENT
from tests.tools.world import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROUTES = [(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods]
UNKNOWN = [
    "/v1",
    "/v1/",
    "/v1/pixverse",
    "/v1/pixverse/nothing",
    "/v1/other/create",
    "/v2",
    "/v2/",
    "/v2/nothing",
]
CANCELS = ["/v1/pixverse/jobs/cancel", "/v1/pixverse/jobs/cancel/"]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DISCORDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def record(api: Api) -> Any:
    answer = await api.create("a cat", negative_prompt="sand", replyRef="mine")
    return await api.ended(answer.body["jobid"])


def nulls(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [found for inner in value.values() for found in nulls(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in nulls(inner)]
    return [value] if value is None else []


@pytest.mark.parametrize(
    ("method", "path"), [*ROUTES, *(("GET", path) for path in UNKNOWN), ("PATCH", "/v1/pixverse/create")]
)
@pytest.mark.parametrize("given", ["", "Bearer wrong", "Basic eDp5"])
async def test_without_the_token_everything_is_401(api: Api, method: str, path: str, given: str) -> None:
    answer = await api.call(method, path, headers={"Authorization": given})

    assert (answer.status, answer.body) == (401, {"error": "Unauthorized", "code": 401})


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_may_be_written_in_any_case(api: Api, scheme: str) -> None:
    answer = await api.get("/v1/pixverse/jobs", headers={"Authorization": f"{scheme} {api.token}"})

    assert answer.status == 200


@pytest.mark.parametrize("path", [*UNKNOWN, "/v1/pixverse/create/", "/v1/pixverse/account/", "/nothing", "/"])
async def test_an_unknown_path_is_404_in_the_house_style(api: Api, path: str) -> None:
    answer = await api.get(path)

    assert (answer.status, is_house_style(answer)) == (404, True)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", [path for path in DOCUMENT["paths"] if "{" not in path])
async def test_another_method_is_405_and_names_those_that_are_allowed(
    api: Api, path: str, method: str
) -> None:
    answer = await api.call(method, path)

    assert (answer.status, is_house_style(answer)) == (405, True)
    told = {one.lower() for one in answer.headers["Allow"].split(",")} - {"head"}
    assert told == DOCUMENT["paths"][path].keys()


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "GET" and "{" not in path])
async def test_head_answers_as_get_without_a_body(api: Api, path: str) -> None:
    headers = {"Accept": "application/json"}

    plain = await api.get(path, headers=headers)
    head = await api.call("HEAD", path, headers=headers)

    assert (head.status, head.body) == (plain.status, None)
    assert head.headers["Content-Type"] == plain.headers["Content-Type"]


@pytest.mark.parametrize("path", CANCELS)
async def test_head_does_not_cancel_a_job(api: Api, path: str) -> None:
    running = await api.create("a cat #slow=30")

    head = await api.call("HEAD", path, params={"jobid": running.body["jobid"]})

    kept = await api.get("/v1/pixverse/jobs/", params={"jobid": running.body["jobid"]})
    await api.get(path, params={"jobid": running.body["jobid"]})
    assert (head.status, head.body) == (200, None)
    assert kept.body["status"] != "cancelled"


async def test_a_job_is_found_with_and_without_the_slash_raw_and_encoded(api: Api, record: Any) -> None:
    job_id = record["jobid"]
    encoded = "".join(f"%{ord(letter):02X}" for letter in job_id)

    assert quote(job_id, safe="") == job_id
    for path in ("/v1/pixverse/jobs", "/v1/pixverse/jobs/"):
        for written in (job_id, encoded):
            answer = await api.get(f"{path}?jobid={written}", headers={})
            assert (answer.status, answer.body["jobid"]) == (200, job_id)


@pytest.mark.parametrize(
    "path", ["jobs/", "jobs/?jobid=", "jobs?jobid=", "jobs/cancel", "jobs/cancel/", "jobs/cancel/?jobid="]
)
async def test_a_job_that_is_not_named_is_400(api: Api, path: str) -> None:
    answer = await api.get(f"/v1/pixverse/{path}")

    assert (answer.status, answer.body) == (400, {"error": "Query param jobid not provided", "code": 400})


@pytest.mark.parametrize("path", ["jobs", "jobs/", "jobs/cancel", "jobs/cancel/"])
async def test_an_unknown_job_is_404(api: Api, path: str) -> None:
    answer = await api.get(f"/v1/pixverse/{path}?jobid=nobody")

    assert (answer.status, answer.body) == (404, {"error": "Unable to locate job nobody", "code": 404})


async def test_a_record_has_no_null_and_its_code_is_the_status(record: Any) -> None:
    assert nulls(record) == []
    assert (record["code"], type(record["code"])) == (200, int)
    assert isinstance(record["content"], str)


async def test_a_record_shows_times_as_told_and_discords_as_it_is(record: Any) -> None:
    assert INSTANT.fullmatch(record["created"])
    assert INSTANT.fullmatch(record["updated"])
    assert DISCORDS.fullmatch(record["timestamp"])
    assert record["created"] <= record["updated"]


async def test_a_record_shows_only_the_ends_of_the_discord_token(api: Api, record: Any) -> None:
    configured = (await api.get(f"/v1/pixverse/account/{record['channel']}")).body

    token = configured["discord"]
    assert record["discord"] == f"{token[:3]}…secured…{token[-3:]}"
    assert token not in json.dumps(record)
    assert configured.keys() == {"server", "channel", "discord", "maxJobs"}


async def test_a_record_has_no_field_that_is_not_told(record: Any) -> None:
    told = DOCUMENT["components"]["schemas"]["JobRecord"]["properties"].keys()

    assert record.keys() <= told
    assert (
        record["attachments"][0].keys()
        <= DOCUMENT["components"]["schemas"]["AttachmentView"]["properties"].keys()
    )


@pytest.mark.parametrize("path", ["/v1/pixverse/jobs", "/v1/pixverse/account"])
async def test_lists_and_maps_carry_no_code(api: Api, path: str) -> None:
    body = (await api.get(path)).body

    assert "code" not in body


@pytest.mark.parametrize(
    "path", ["/v1/pixverse/jobs/history", "/v1/pixverse/health", "/v1/pixverse/callbacks", "/v2/account"]
)
async def test_every_other_object_carries_its_code(api: Api, path: str) -> None:
    answer = await api.get(path)

    assert (answer.status, answer.body["code"]) == (200, 200)
