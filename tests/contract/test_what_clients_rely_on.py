"""What real clients take for granted of answers, records and streams, each seen in one of them."""

import asyncio
import json
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.contract.asking import NOWHERE
from tests.tools.openapi_document import DOCUMENT
from tests.tools.world import Api, Discord, Receiver

pytestmark = pytest.mark.asyncio(loop_scope="module")

INCOMPLETE = "prompt, discord, server or channel value is missing"


async def cancelled(api: Api, job_id: str) -> Any:
    await api.get(f"/v1/pixverse/jobs/cancel/?jobid={job_id}")
    return await api.job(job_id)


async def configured(api: Api) -> dict[str, Any]:
    accounts = (await api.get("/v1/pixverse/account")).body
    return dict(next(iter(accounts.values())))


async def test_a_job_that_has_ended_has_content_though_the_bot_said_nothing(
    api: Api, discord: Discord, receiver: Receiver
) -> None:
    await discord.fault("rest", route="/interactions", status=400, times=5)
    answer = await api.create("a cat", replyUrl=receiver.url)
    await discord.heal()

    record = await api.job(answer.body["jobid"])
    told = await receiver.next()

    assert (record["status"], record["content"]) == ("failed", "")
    assert (told["job"]["jobid"], told["job"]["content"]) == (record["jobid"], "")


async def test_a_job_that_was_cancelled_before_the_bot_spoke_has_content(api: Api, discord: Discord) -> None:
    submit = asyncio.create_task(api.create("a cat #silent"))
    while not (running := (await api.get("/v1/pixverse/jobs")).body):
        await asyncio.to_thread(lambda: None)

    open_record = await api.job(running[0])
    ended_record = await cancelled(api, running[0])
    await submit

    assert "content" not in open_record
    assert ended_record["content"] == ""


async def test_content_is_what_the_bot_said_where_it_said_something(api: Api) -> None:
    answer = await api.create("a #moderated cat")

    record = await api.job(answer.body["jobid"])

    assert record["status"] == "moderated"
    assert record["content"] == record["error"]


async def test_a_token_and_a_channel_mean_the_configured_account(api: Api) -> None:
    account = await configured(api)

    answer = await api.create("a cat", discord=account["discord"], channel=account["channel"])

    assert answer.status == 200, answer
    assert answer.body["server"] == account["server"]


async def test_another_token_with_a_configured_channel_is_used_there(api: Api, discord: Discord) -> None:
    account = await configured(api)
    other = discord.spares[0]["discord"]

    answer = await api.create("a cat", discord=other, channel=account["channel"])

    record = await api.job(answer.body["jobid"])
    assert (answer.status, record["channel"]) == (409, account["channel"])
    assert record["discord"] == f"{other[:3]}…secured…{other[-3:]}"


@pytest.mark.parametrize(
    "place",
    [
        {"discord": "MTIz.bad.token", "channel": NOWHERE},
        {"discord": "MTIz.bad.token"},
        {"server": NOWHERE},
        {"server": NOWHERE, "channel": NOWHERE},
        {"discord": "MTIz.bad.token", "server": NOWHERE},
    ],
)
async def test_a_part_of_a_place_that_means_no_account_is_refused(api: Api, place: dict[str, str]) -> None:
    answer = await api.create("a cat", **place)

    assert (answer.status, answer.body["error"]) == (400, INCOMPLETE)


@pytest.mark.parametrize(
    "accept",
    [
        "text/event-stream",
        "text/event-stream, application/json",
        "application/json, text/event-stream",
        "application/json;q=0.9, text/event-stream",
        "application/json; q=0.5, Text/Event-Stream; q=0.5",
        "*/*",
        "",
        "application/json;q=0, */*",
        "application/jsonl, text/event-stream",
    ],
)
async def test_who_names_the_stream_no_lower_than_json_gets_the_stream(api: Api, accept: str) -> None:
    assert await type_of_events(api, accept) == "text/event-stream"


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/json, text/plain, */*",
        "text/event-stream;q=0.5, application/json",
        "text/event-stream; q=0.1, application/json; q=0.2",
        "text/event-stream;q=0, application/json;q=0.001",
    ],
)
async def test_who_prefers_json_gets_a_page(api: Api, accept: str) -> None:
    assert await type_of_events(api, accept) == "application/json"


async def type_of_events(api: Api, accept: str) -> str:
    headers = {"Authorization": f"Bearer {api.token}", "Accept": accept}
    async with api.http.get(api.url + "/v1/pixverse/events", headers=headers) as response:
        return response.content_type


async def test_the_description_works_behind_a_path_prefix() -> None:
    server = DOCUMENT["servers"][0]["url"]

    base = urljoin("https://example.com/bridge/openapi.json", server)

    assert base == "https://example.com/bridge/"
    assert all(path.startswith("/") for path in DOCUMENT["paths"])


async def test_every_answer_but_204_is_json(api: Api) -> None:
    for method, path in (("GET", "/v1/pixverse/jobs"), ("GET", "/nothing"), ("PATCH", "/v1/pixverse/create")):
        headers = {"Authorization": f"Bearer {api.token}"}
        async with api.http.request(method, api.url + path, headers=headers) as response:
            assert response.content_type == "application/json"
            json.loads(await response.read())
