"""A bot's REST calls in the forms in which libraries send them, and how long an interaction's token lives."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox.raw_bot import RawBot
from tests.tools.raw_user import Gateway, Json, RawUser


@pytest.fixture
async def bot(user: RawUser) -> RawBot:
    return await RawBot.login(user)


@pytest.fixture
async def gateway(user: RawUser) -> Gateway:
    return await user.login()


async def advance(user: RawUser, seconds: float) -> None:
    async with user.http.post(
        f"{user.world['cdn_url']}/_sandbox/clock", json={"advance_s": seconds}
    ) as answer:
        assert answer.status == 200


async def test_an_answer_may_be_a_form_with_payload_json(
    user: RawUser, bot: RawBot, gateway: Gateway
) -> None:
    await user.create("a cat")
    interaction = await bot.heard()
    form = urlencode({"payload_json": json.dumps({"type": 4, "data": {"content": "hello & good day"}})})

    path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
    headers = {"Authorization": "", "Content-Type": "application/x-www-form-urlencoded"}
    status, _ = await user.call("POST", path, data=form, headers=headers)

    assert status == 204
    assert (await gateway.until("MESSAGE_CREATE"))["content"] == "hello & good day"


@pytest.mark.parametrize("which", ["@original", "%40original"])
async def test_the_first_answer_is_read_changed_and_deleted(
    user: RawUser, bot: RawBot, gateway: Gateway, which: str
) -> None:
    await user.create("a cat")
    interaction = await bot.heard()
    await bot.answer(interaction, 4, {"content": "one"})
    message = await gateway.until("MESSAGE_CREATE")

    _, read = await bot.webhook(interaction, "GET", f"/messages/{which}")
    _, changed = await bot.webhook(interaction, "PATCH", f"/messages/{which}", json={"content": "two"})
    deleted, _ = await bot.webhook(interaction, "DELETE", f"/messages/{which}")
    gone, said = await bot.webhook(interaction, "GET", f"/messages/{which}")

    assert [read["content"], changed["content"]] == ["one", "two"]
    assert (await gateway.until("MESSAGE_DELETE"))["id"] == message["id"]
    assert (deleted, gone, said["code"]) == (204, 404, 10008)


async def test_a_token_lives_fifteen_minutes(user: RawUser, bot: RawBot) -> None:
    await user.create("a cat")
    interaction = await bot.heard()
    await bot.answer(interaction, 5, {})

    await advance(user, 14 * 60)
    in_time, _ = await bot.webhook(interaction, "POST", json={"content": "in time"})
    await advance(user, 2 * 60)
    late, said = await bot.webhook(interaction, "POST", json={"content": "late"})

    assert (in_time, late, said["code"]) == (200, 401, 50027)


@pytest.mark.parametrize("query", ["?with_response=true", "?with_response=1"])
async def test_an_answer_is_told_only_to_those_who_ask(user: RawUser, bot: RawBot, query: str) -> None:
    await user.create("a cat")
    status, said = await bot.answer(await bot.heard(), 5, {"flags": 64}, query)
    await user.create("a dog")
    quiet, nothing = await bot.answer(await bot.heard(), 5, {}, "?with_response=0")

    assert status == 200
    assert said["interaction"]["response_message_ephemeral"] is True
    assert said["interaction"]["response_message_loading"] is True
    assert (quiet, nothing) == (204, None)


async def test_the_interaction_a_bot_hears_says_everything_that_is_documented(
    user: RawUser, bot: RawBot
) -> None:
    await user.create("a cat")

    heard = await bot.heard()

    documented = {
        *("id", "application_id", "type", "data", "guild", "guild_id", "channel", "channel_id", "member"),
        *("token", "version", "app_permissions", "locale", "guild_locale", "entitlements", "context"),
        *("authorizing_integration_owners", "attachment_size_limit"),
    }
    assert documented <= heard.keys()
    assert {"user", "roles", "joined_at", "permissions", "flags"} <= heard["member"].keys()
    assert (heard["channel"]["id"], heard["channel"]["type"]) == (user.channel_id, 12)
    assert "nonce" not in heard


async def test_history_is_read_around_before_and_after_a_message(user: RawUser, bot: RawBot) -> None:
    ids = [(await bot.post(str(number)))["id"] for number in range(5)]
    path = f"/channels/{user.channel_id}/messages"

    async def found(query: str) -> list[Any]:
        _, rows = await bot.call("GET", f"{path}?{query}")
        return [each["id"] for each in rows]

    one, message = await bot.call("GET", f"{path}/{ids[2]}")
    assert await found("limit=2") == [ids[4], ids[3]]
    assert await found(f"before={ids[2]}&limit=2") == [ids[1], ids[0]]
    assert await found(f"after={ids[2]}&limit=2") == [ids[4], ids[3]]
    assert await found(f"&around={ids[2]}&limit=3") == [ids[3], ids[2], ids[1]]
    assert (one, message["content"]) == (200, "2")


async def test_a_command_on_a_message_says_which(user: RawUser, bot: RawBot) -> None:
    message = await bot.post("look at this")
    path = f"/applications/{bot.world['application_id']}/commands"
    await bot.call("POST", path, json={"name": "Save this", "type": 3})
    command: Json = await user.command("Save this")
    named = {name: command[name] for name in ("id", "name", "type", "version")}

    status, said = await user.send(user.body(2, {**named, "target_id": message["id"]}))
    heard = (await bot.heard())["data"]

    assert (status, said) == (204, None)
    assert heard["target_id"] == message["id"]
    assert heard["resolved"]["messages"][message["id"]]["content"] == "look at this"
