"""Idempotency-Key: the same request is taken once."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.sandbox import Sandbox
from tests.tools.databases import both_engines
from tests.tools.world import Answer, Api, Discord, bridge_on


async def create(api: Api, key: str, **fields: Any) -> Answer:
    body = {"prompt": "a cat", "style": "Realistic", **fields}
    return await api.call("POST", "/v1/pixverse/create", json=body, headers={"Idempotency-Key": key})


@both_engines
@pytest.mark.parametrize(("first", "second"), [("abc", "abc"), ('"abc"', "abc"), ("abc", '"abc"')])
async def test_the_same_request_gets_the_first_answer_again(
    api: Api, discord: Discord, first: str, second: str
) -> None:
    one = await create(api, first)

    two = await create(api, second)

    assert two.body == one.body
    assert two.status == one.status == 200
    assert two.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in one.headers
    assert await discord.runs_of("a cat") == 1


async def test_another_request_under_the_same_key_is_refused(api: Api) -> None:
    await create(api, "abc")

    other = await create(api, "abc", prompt="a dog")

    assert other.status == 422
    assert set(other.body) == {"error", "code"}


@both_engines
async def test_a_request_that_is_still_running_is_not_taken_twice(api: Api, discord: Discord) -> None:
    answers = await asyncio.gather(*(create(api, "abc") for _ in range(5)))

    statuses = sorted(answer.status for answer in answers)
    assert statuses == [200, 409, 409, 409, 409]
    assert await discord.runs_of("a cat") == 1


async def test_a_refusal_by_the_bot_is_kept_and_a_429_is_not(api: Api) -> None:
    refused = [await create(api, "abc", prompt="a #moderated cat") for _ in range(2)]
    throttled = await create(api, "def", prompt="a #throttled cat")
    again = await create(api, "def", prompt="a #throttled cat")

    assert [answer.status for answer in refused] == [422, 422]
    assert refused[0].body == refused[1].body
    assert (throttled.status, again.status) == (429, 429)
    assert "Idempotent-Replayed" not in again.headers


@both_engines
async def test_a_key_is_kept_over_a_restart(
    sandbox: Sandbox,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    discord: Discord,
    engine: dict[str, Any],
) -> None:
    async with bridge_on(sandbox, tmp_path, **engine) as bridge:
        one = await create(Api(bridge.url, http), "abc")

    async with bridge_on(sandbox, tmp_path, **engine) as bridge:
        two = await create(Api(bridge.url, http), "abc")

    assert two.body == one.body
    assert await discord.runs_of("a cat") == 1


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "ключ"])
async def test_a_key_that_is_none_is_refused(api: Api, key: str) -> None:
    answer = await create(api, key)

    assert answer.status == 400
