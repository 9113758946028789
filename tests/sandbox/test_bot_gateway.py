"""A bot on the gateway: on which terms it may identify, and what it hears then."""

import aiohttp
import pytest

from bridge.sandbox import SandboxOptions, run_sandbox
from tests.sandbox.raw_bot import GUILD_MEMBERS, GUILD_MESSAGES, GUILDS, MESSAGE_CONTENT, RawBot
from tests.tools.raw_user import Gateway, RawUser


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, 4013),
        ({"intents": "all"}, 4013),
        ({"intents": 1 << 30}, 4013),
        ({"intents": 1, "shard": [1, 1]}, 4010),
        ({"intents": 1, "shard": "x"}, 4010),
    ],
)
async def test_a_bot_that_asks_for_what_does_not_exist_is_refused(
    user: RawUser, fields: dict[str, object], code: int
) -> None:
    gateway = await RawBot.identify(user, **fields)

    assert await gateway.closed() == code


async def test_privileged_intents_may_be_disallowed(user: RawUser) -> None:
    await user.fault("disallowed_intents")

    refused = await (await RawBot.identify(user, intents=GUILDS | GUILD_MEMBERS)).closed()
    modest = await RawBot.login(user, GUILDS)

    assert refused == 4014
    assert modest.gateway.session_id


async def test_a_bot_is_told_of_guilds_first_that_they_are_unavailable_and_then_what_is_in_them(
    user: RawUser,
) -> None:
    gateway = await RawBot.identify(user, intents=GUILDS)

    ready = await gateway.until("READY")
    guild = await gateway.until("GUILD_CREATE", lambda data: data["id"] == user.world["guild_id"])

    assert {"id": user.world["guild_id"], "unavailable": True} in ready["guilds"]
    assert ready["application"]["id"] == user.world["application_id"]
    assert ready["user"]["bot"] is True
    assert guild["unavailable"] is False
    assert user.channel_id in {each["id"] for each in guild["threads"]}
    assert {"channels", "members", "presences", "voice_states", "stickers", "emojis", "roles"} <= guild.keys()


async def test_a_bot_hears_of_messages_only_with_the_intent(user: RawUser) -> None:
    deaf, keen = await RawBot.login(user, GUILDS), await RawBot.login(user, GUILDS | GUILD_MESSAGES)

    await user.call("POST", f"/channels/{user.channel_id}/messages", json={"content": "hello"})

    assert await keen.gateway.until("MESSAGE_CREATE")
    assert "MESSAGE_CREATE" not in await deaf.gateway.catch_up()


async def test_what_users_write_is_shown_only_with_the_privileged_intent(user: RawUser) -> None:
    plain = await RawBot.login(user, GUILDS | GUILD_MESSAGES)
    trusted = await RawBot.login(user, GUILDS | GUILD_MESSAGES | MESSAGE_CONTENT)
    path = f"/channels/{user.channel_id}/messages"

    await user.call("POST", path, json={"content": "hello"})
    await user.call("POST", path, json={"content": f"hello <@{user.world['application_id']}>"})
    await trusted.post("mine")

    heard = [(await plain.gateway.until("MESSAGE_CREATE"))["content"] for _ in range(3)]
    shown = [(await trusted.gateway.until("MESSAGE_CREATE"))["content"] for _ in range(3)]
    assert heard == ["", f"hello <@{user.world['application_id']}>", "mine"]
    assert shown == ["hello", *heard[1:]]


async def test_typing_is_heard_by_those_who_subscribed(user: RawUser) -> None:
    gateway, bot = await user.login(), await RawBot.login(user)

    status, _ = await bot.call("POST", f"/channels/{user.channel_id}/typing")
    typing = await gateway.until("TYPING_START")

    assert status == 204
    assert (typing["user_id"], typing["channel_id"]) == (user.world["application_id"], user.channel_id)


async def test_how_often_a_bot_may_begin_is_counted(user: RawUser) -> None:
    bot = await RawBot.login(user)

    _, said = await bot.call("GET", "/gateway/bot")
    refused, _ = await user.call("GET", "/gateway/bot")

    limit = said["session_start_limit"]
    assert (limit["total"], limit["remaining"], limit["max_concurrency"]) == (1000, 999, 1)
    assert refused == 403


async def test_an_application_knows_itself(user: RawUser) -> None:
    bot = await RawBot.login(user)

    _, one = await bot.call("GET", "/applications/@me")
    _, other = await bot.call("GET", "/oauth2/applications/@me")
    refused, said = await user.call("GET", "/applications/@me")

    assert one == other
    assert (one["id"], one["bot"]["id"]) == (user.world["application_id"],) * 2
    assert (refused, said["code"]) == (403, 20002)


async def test_what_a_guild_is_made_of_can_be_asked_for(user: RawUser) -> None:
    bot = await RawBot.login(user)
    guild = f"/guilds/{user.world['guild_id']}"

    paths = ["", "/channels", "/roles", f"/members/{user.id}", "/threads/active"]
    answers = [await bot.call("GET", guild + path) for path in paths]
    _, mine = await bot.call("GET", "/users/@me/guilds")
    unknown = [await bot.call("GET", path) for path in ("/guilds/5", f"{guild}/members/5", "/users/5")]

    assert [status for status, _ in answers] == [200] * 5
    assert user.world["guild_id"] in {each["id"] for each in mine}
    assert [(status, said["code"]) for status, said in unknown] == [(404, 10004), (404, 10007), (404, 10013)]


async def test_a_client_without_a_heartbeat_is_taken_for_dead(http: aiohttp.ClientSession) -> None:
    async with run_sandbox(SandboxOptions(heartbeat_s=0.05)) as sandbox:
        user = RawUser(http, sandbox.world())
        gateway = await Gateway.open(http, user.world["gateway_url"])
        await gateway.say(2, {"token": user.token, "capabilities": 0, "properties": {}})
        gateway.session_id = (await gateway.until("READY"))["session_id"]

        code = await gateway.closed()
        again = await user.resume(gateway)

        assert code == 4009
        assert (await again.op(9))["d"] is False
