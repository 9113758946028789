"""The caller's own settings, and the replyUrl that jobs have unless they name another."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.sandbox import Sandbox
from tests.tools.world import Answer, Api, Receiver, a_receiver, bridge_on

ACCOUNT = "/v2/account"


async def put(api: Api, **fields: Any) -> Answer:
    return await api.call("POST", ACCOUNT, json=fields)


async def test_nothing_is_set_at_first(api: Api) -> None:
    answer = await api.get(ACCOUNT)

    assert (answer.status, answer.body) == (200, {"code": 200})


async def test_what_was_set_is_shown_and_kept_until_it_is_changed(api: Api) -> None:
    both = await put(api, name="Ann 🔀", replyUrl="https://example.com/hook?a=1")
    name = await put(api, name="Bob")

    shown = await api.get(ACCOUNT)

    assert both.body == {"name": "Ann 🔀", "replyUrl": "https://example.com/hook?a=1", "code": 200}
    assert shown.body == name.body == {"name": "Bob", "replyUrl": "https://example.com/hook?a=1", "code": 200}


@pytest.mark.parametrize("nothing", ["", None])
async def test_an_empty_value_clears(api: Api, nothing: str | None) -> None:
    await put(api, name="Ann", replyUrl="https://example.com/hook")

    answer = await put(api, replyUrl=nothing)

    assert (answer.status, answer.body) == (200, {"name": "Ann", "code": 200})
    assert (await api.get(ACCOUNT)).body == answer.body


async def test_what_means_absent_changes_nothing(api: Api) -> None:
    before = await put(api, name="Ann", replyUrl="https://example.com/hook")

    after = await put(api, name="undefined", replyUrl="null", email="ann@example.com")

    assert after.body == before.body


@pytest.mark.parametrize("kind", ["json", "form", "urlencoded"])
async def test_every_kind_of_body_is_read(api: Api, kind: str) -> None:
    form = aiohttp.FormData({"replyUrl": "https://example.com/hook"}, default_to_multipart=kind == "form")
    body: dict[str, Any] = (
        {"json": {"replyUrl": "https://example.com/hook"}} if kind == "json" else {"data": form}
    )

    answer = await api.call("POST", ACCOUNT, **body)

    assert (answer.status, answer.body) == (200, {"replyUrl": "https://example.com/hook", "code": 200})


async def test_a_job_that_names_no_place_is_told_to_the_tenants_own(api: Api, receiver: Receiver) -> None:
    await put(api, replyUrl=receiver.url)

    record = (await api.create("a cat")).body
    callback = await receiver.next()

    assert record["replyUrl"] == receiver.url
    assert callback["job"] == await api.job(record["jobid"])


async def test_a_jobs_own_place_comes_first(api: Api, receiver: Receiver) -> None:
    async with a_receiver() as other:
        await put(api, replyUrl=other.url)

        answer = await api.create("a cat", replyUrl=receiver.url)
        callback = await receiver.next()

        assert callback["job"]["jobid"] == answer.body["jobid"]
        assert other.attempts == []


async def test_a_cleared_place_is_told_no_more(api: Api) -> None:
    await put(api, replyUrl="http://127.0.0.1:9/hook")
    await put(api, replyUrl="")

    answer = await api.create("a cat")

    assert "replyUrl" not in answer.body


async def test_settings_outlive_a_restart(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with bridge_on(sandbox, tmp_path) as bridge:
        before = await put(Api(bridge.url, http), name="Ann", replyUrl="https://example.com/hook")

    async with bridge_on(sandbox, tmp_path) as bridge:
        after = await Api(bridge.url, http).get(ACCOUNT)

    assert after.body == before.body


@pytest.mark.parametrize("length", [1024, 1025])
async def test_a_reply_url_has_at_most_1024_characters(api: Api, length: int) -> None:
    url = "https://example.com/".ljust(length, "a")

    answer = await put(api, replyUrl=url)

    expected = {1024: (200, None), 1025: (400, "replyUrl is too long")}[length]
    assert (answer.status, answer.body.get("error")) == expected


async def test_length_counts_as_javascript_counts(api: Api) -> None:
    answer = await put(api, name="🔀" * 512)
    longer = await put(api, name="🔀" * 512 + "a")

    assert answer.status == 200
    assert (longer.status, longer.body["error"]) == (400, "name is too long")


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.com/", "example.com", "http://", "javascript:alert(1)", "http://a b/"),
        *("http://me@example.com/", "http://example.com:0/", "http://169.254.169.254/latest/meta-data/"),
    ],
)
async def test_another_kind_of_url_is_refused_and_changes_nothing(api: Api, url: str) -> None:
    answer = await put(api, name="Ann", replyUrl=url)

    assert (answer.status, answer.body["error"]) == (400, "replyUrl is not an allowed URL")
    assert answer.body["errorDetails"]
    assert (await api.get(ACCOUNT)).body == {"code": 200}


@pytest.mark.parametrize("value", [1, True, ["a"], {"a": 1}, "a\x00b"])
async def test_text_must_be_text(api: Api, value: object) -> None:
    answers = [await put(api, name=value), await put(api, replyUrl=value)]

    assert [answer.status for answer in answers] == [400, 400]


async def test_the_token_is_asked_for(api: Api) -> None:
    api.token = "wrong"

    answers = [await api.get(ACCOUNT), await put(api, name="Ann")]

    assert [(answer.status, answer.body["error"]) for answer in answers] == [(401, "Unauthorized")] * 2
