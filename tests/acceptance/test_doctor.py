"""An account of a running bridge is examined: on its own connection, without a command, one at a time."""

import asyncio
from typing import Any

import pytest

from bridge.sandbox.wire import Json
from tests.tools.world import LIMIT_S, Answer, Api, Discord

pytestmark = pytest.mark.asyncio
DRIFTS: tuple[Json, ...] = (
    {"drift": "rename_command", "command": "create", "to": "imagine"},
    {"drift": "rename_option", "command": "animate", "option": "image", "to": "picture"},
    {"drift": "add_command", "command": "extend", "options": []},
    {"drift": "limit_uploads", "bytes": 1_000_000},
)


async def examined(api: Api, discord: Discord) -> Answer:
    return await api.call("POST", f"/v1/pixverse/account/{discord.world['channel_id']}/doctor")


async def connected(api: Api) -> None:
    async with asyncio.timeout(LIMIT_S):
        while (await api.get("/v1/pixverse/health")).body["accounts"][0]["condition"] != "connected":
            pass


def codes(report: Any) -> list[tuple[str, str]]:
    return [(each["about"], each["code"]) for each in report["findings"] if each["level"] != "fine"]


async def test_several_drifts_are_found_on_the_connection_that_is_there(api: Api, discord: Discord) -> None:
    await connected(api)
    before = await discord.presences()
    async with discord.http.post(f"{discord.sandbox.url}/_sandbox/drifts", json=DRIFTS) as answer:
        assert answer.status == 200

    report = (await examined(api, discord)).body

    assert codes(report) == [
        ("uploads", "upload_limit"),
        ("create", "command_renamed"),
        ("animate", "option_renamed"),
        ("commands", "command_unused"),
    ]
    assert (report["outcome"], report["code"]) == ("fails", 200)
    assert report["rows"] == {
        "commands": {"create": {"name": "imagine"}, "animate": {"options": {"image": "picture"}}}
    }
    assert await discord.presences() == before
    assert await discord.interactions() == []


async def test_an_account_without_a_difference_works(api: Api, discord: Discord) -> None:
    await connected(api)

    report = (await examined(api, discord)).body

    assert (codes(report), report["outcome"], report["rows"]) == ([], "works", {})


async def test_an_account_is_examined_by_one_at_a_time(api: Api, discord: Discord) -> None:
    await connected(api)
    await discord.fault("rest", route="/users/@me", hang_s=1.0, times=1)

    answers = await asyncio.gather(*(examined(api, discord) for _ in range(3)))

    assert sorted(each.status for each in answers) == [200, 409, 409]
    assert (await examined(api, discord)).status == 200


async def test_a_channel_without_an_account_is_not_found(api: Api) -> None:
    answer = await api.call("POST", "/v1/pixverse/account/999999999999999999/doctor")

    assert answer.status == 404
