"""The account resource, with every text of the contract."""

from typing import Any

import pytest

from tests.tools.world import Api, Discord

NOT_FOUND = "Configuration not found. To create configuration use pixverse/account/"


def entry(spare: dict[str, Any], **changes: Any) -> dict[str, Any]:
    whole = {
        "discord": spare["discord"],
        "server": spare["server"],
        "channel": spare["channel"],
        "maxJobs": 3,
    }
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


async def post(api: Api, body: Any, channel: str) -> Any:
    return await api.call("POST", f"/v1/pixverse/account/{channel}", json=body)


async def test_a_posted_account_is_listed_and_works_at_once(api: Api, discord: Discord) -> None:
    spare = discord.spares[0]

    posted = await post(api, entry(spare), spare["channel"])
    listed = await api.get("/v1/pixverse/account")
    one = await api.get(f"/v1/pixverse/account/{spare['channel']}")
    answer = await api.create("a cat", channel=spare["channel"])

    assert (posted.status, posted.body) == (204, None)
    assert one.body == entry(spare) == listed.body[spare["channel"]]
    assert len(listed.body) == 2
    assert listed.headers["Cache-Control"] == "no-store"
    assert (answer.status, answer.body["channel"], answer.body["maxJobs"]) == (200, spare["channel"], 3)


async def test_a_deleted_account_is_gone_at_once(api: Api, discord: Discord) -> None:
    channel = discord.world["channel_id"]

    deleted = await api.call("DELETE", f"/v1/pixverse/account/{channel}")
    again = await api.call("DELETE", f"/v1/pixverse/account/{channel}")
    listed = await api.get("/v1/pixverse/account")
    one = await api.get(f"/v1/pixverse/account/{channel}")
    pinned = await api.create("a cat", channel=channel)
    anywhere = await api.create("a cat")

    assert deleted.status == 204
    assert (again.status, again.body["error"]) == (404, NOT_FOUND + channel)
    assert (listed.status, listed.body) == (404, {"error": NOT_FOUND + "channel", "code": 404})
    assert (one.status, one.body) == (404, {"error": NOT_FOUND + channel, "code": 404})
    assert (pinned.status, pinned.body["error"]) == (404, NOT_FOUND + channel)
    assert anywhere.status == 400
    assert anywhere.body["error"] == "prompt, discord, server or channel value is missing"


@pytest.mark.parametrize("name", ["discord", "server", "channel", "maxJobs"])
@pytest.mark.parametrize("value", [None, "", "undefined", "null"])
async def test_a_missing_field_is_named(api: Api, discord: Discord, name: str, value: str | None) -> None:
    spare = discord.spares[0]

    answer = await post(api, entry(spare, **{name: value}), spare["channel"])

    assert answer.status == 400
    assert answer.body == {"error": f"Required param {name} is missing or empty", "code": 400}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"channel": "abc"}, "Required param channel (abc) is not valid Discord channel id"),
        (
            {"channel": "123456789012345678"},
            "Required param channel (123456789012345678) not matching to /pixverse/account/{channel}",
        ),
        ({"server": "guild"}, "Required param server (guild) is not valid Discord server id"),
        ({"maxJobs": 11}, "Required param maxJobs 11 can't be more that 10"),
        ({"maxJobs": "11"}, "Required param maxJobs 11 can't be more that 10"),
        ({"maxJobs": 0}, "Required param maxJobs 0 must be between 1 and 10"),
        ({"maxJobs": "many"}, "Required param maxJobs many must be between 1 and 10"),
        ({"maxJobs": 1.5}, "Required param maxJobs 1.5 must be between 1 and 10"),
    ],
)
async def test_a_bad_field_is_refused_in_the_contracts_words(
    api: Api, discord: Discord, changes: dict[str, Any], text: str
) -> None:
    spare = discord.spares[0]

    answer = await post(api, entry(spare, **changes), spare["channel"])

    assert (answer.status, answer.body["error"]) == (400, text.format(channel=spare["channel"]))


async def test_one_token_serves_one_channel(api: Api, discord: Discord) -> None:
    mine, spare = discord.world, discord.spares[0]
    token = mine["accounts"][0]["token"]

    stolen = await post(api, entry(spare, discord=token), spare["channel"])
    same = await post(api, entry(spare, discord=token, channel=mine["channel_id"]), mine["channel_id"])
    changed = await api.get(f"/v1/pixverse/account/{mine['channel_id']}")

    assert stolen.status == 400
    assert stolen.body["error"] == f"Channel {mine['channel_id']} configuration has same discord value"
    assert f"DELETE /v1/pixverse/account/{mine['channel_id']}" in stolen.body["errorDetails"]
    assert same.status == 204
    assert changed.body["maxJobs"] == 3


async def test_an_account_of_the_moment_works_and_is_not_listed(api: Api, discord: Discord) -> None:
    spare = discord.spares[0]

    answer = await api.create("a cat", **spare)
    listed = await api.get("/v1/pixverse/account")

    assert (answer.status, answer.body["channel"]) == (200, spare["channel"])
    assert spare["channel"] not in listed.body
    assert (await api.ended(answer.body["jobid"]))["status"] == "completed"


async def test_an_account_of_the_moment_with_a_bad_token_needs_attention(api: Api, discord: Discord) -> None:
    spare = {**discord.spares[0], "discord": "MTIzNDU2Nzg5MDEyMzQ1Njc4.bad.token"}

    answer = await api.create("a cat", **spare)

    assert answer.status == 409
    assert answer.body["error"] == f"Account {spare['channel']} needs attention"
    assert answer.body["jobid"]


@pytest.mark.parametrize("given", [("discord",), ("server",), ("discord", "server"), ("server", "channel")])
async def test_a_part_of_a_place_is_refused(api: Api, discord: Discord, given: tuple[str, ...]) -> None:
    spare = discord.spares[0]

    answer = await api.create("a cat", **{name: spare[name] for name in given})

    assert answer.status == 400
    assert answer.body["error"] == "prompt, discord, server or channel value is missing"
