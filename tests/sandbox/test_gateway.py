"""Sessions: begun, subscribed, lost, resumed, refused."""

import json

import aiohttp
import pytest

from bridge.sandbox import SandboxOptions, run_sandbox
from tests.tools.raw_user import Gateway, RawUser, is_finished


@pytest.mark.parametrize("compress", ["", "zlib-stream"])
async def test_a_user_logs_in_and_finds_the_private_thread(user: RawUser, compress: str) -> None:
    gateway = await user.login(compress)

    ready = gateway.seen[0]["d"]
    supplemental = await gateway.until("READY_SUPPLEMENTAL")

    guild = ready["guilds"][0]
    assert guild["properties"]["name"] == "PixVerse"
    assert guild["member_count"] > 75_000
    assert user.channel_id in [thread["id"] for thread in guild["threads"]]
    assert ready["merged_members"][0][0]["user_id"] == user.id
    assert len(supplemental["guilds"]) == len(ready["guilds"])
    assert ready["resume_gateway_url"] == user.world["gateway_url"]


async def test_a_client_without_capabilities_gets_whole_guilds_in_one_part(user: RawUser) -> None:
    gateway = await user.login(capabilities=0, subscribe=False)

    names = await gateway.catch_up()

    guild = gateway.seen[0]["d"]["guilds"][0]
    assert names == ["READY"]
    assert guild["name"] == "PixVerse"
    assert user.id in [member["user"]["id"] for member in guild["members"]]
    assert gateway.seen[0]["d"]["user_guild_settings"] == []


async def test_a_heartbeat_before_identify_is_acknowledged(user: RawUser) -> None:
    gateway = await Gateway.open(user.http, user.world["gateway_url"])

    await gateway.socket.send_bytes(json.dumps({"op": 1, "d": None}).encode())

    assert (await gateway.frame())["op"] == 11


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (['{"op": 37, "d": {}}'], 4003),
        (['{"op": 99, "d": {}}'], 4001),
        (["not json"], 4002),
        (['{"op": 2, "d": {"token": "wrong"}}'], 4004),
        (['{"op": 6, "d": {"token": "wrong", "session_id": "x", "seq": 1}}'], 4004),
    ],
)
async def test_frames_that_are_not_allowed_close_the_connection(
    user: RawUser, frames: list[str], code: int
) -> None:
    gateway = await Gateway.open(user.http, user.world["gateway_url"])

    for frame in frames:
        await gateway.socket.send_str(frame)

    assert await gateway.closed() == code


async def test_a_second_identify_closes_the_connection(user: RawUser) -> None:
    gateway = await user.login()

    await gateway.say(2, {"token": user.token})

    assert await gateway.closed() == 4005


async def test_more_than_120_frames_a_minute_close_the_connection(user: RawUser) -> None:
    gateway = await user.login()

    for _ in range(121):
        await gateway.say(3, {})

    assert await gateway.closed() == 4008


async def test_what_clients_say_besides_closes_nothing(user: RawUser) -> None:
    gateway = await user.login()

    for op in (3, 4, 40):
        await gateway.say(op, {"guild_id": None})
    await gateway.say(14, {"guild_id": user.world["guild_id"]})
    await gateway.say(8, {"guild_id": [user.world["guild_id"]], "user_ids": [user.id], "nonce": "n"})
    chunk = await gateway.until("GUILD_MEMBERS_CHUNK")

    assert chunk["members"][0]["user"]["id"] == user.id
    assert chunk["nonce"] == "n"


async def test_a_session_hears_a_large_guild_only_after_it_subscribed(user: RawUser) -> None:
    listening = await user.login()
    deaf = await user.login(subscribe=False)

    await user.create("a cat")
    await listening.until("MESSAGE_UPDATE", is_finished)

    names = await deaf.catch_up()
    assert names == ["READY", "READY_SUPPLEMENTAL", "INTERACTION_CREATE", "INTERACTION_SUCCESS"]


async def test_an_unsubscribed_session_still_hears_ephemeral_answers(user: RawUser) -> None:
    deaf = await user.login(subscribe=False)

    await user.create("a cat #ephemeral")

    refusal = await deaf.until("MESSAGE_CREATE")
    assert refusal["flags"] == 64


async def test_others_do_not_hear_a_private_thread(user: RawUser, other: RawUser) -> None:
    own, foreign = await user.login(), await other.login()

    await user.create("a cat")
    await own.until("MESSAGE_UPDATE", is_finished)

    assert await foreign.catch_up() == ["READY", "READY_SUPPLEMENTAL"]


async def test_a_lost_session_is_resumed_with_what_it_missed(user: RawUser) -> None:
    lost = await user.login()
    witness = await user.login()
    user.session_id = lost.session_id
    await user.fault("drop_gateway")
    await lost.closed()
    await user.create("a cat")
    witness = await user.resume(witness)
    await witness.until("MESSAGE_UPDATE", is_finished)

    gateway = await user.resume(lost)
    await gateway.until("RESUMED")

    expected = [
        "INTERACTION_CREATE",
        "MESSAGE_CREATE",
        "INTERACTION_SUCCESS",
        *["MESSAGE_UPDATE"] * 3,
        "RESUMED",
    ]
    assert gateway.names() == expected
    assert [event["s"] for event in gateway.seen] == list(range(lost.seq + 1, lost.seq + 8))


async def test_a_resumed_session_is_still_subscribed(user: RawUser) -> None:
    lost = await user.login()
    await lost.socket.close(code=4000)

    gateway = await user.resume(lost)
    await user.create("a cat")

    assert await gateway.until("MESSAGE_UPDATE", is_finished)


async def test_a_session_that_said_goodbye_cannot_be_resumed(user: RawUser) -> None:
    ended = await user.login()
    await ended.socket.close(code=1000)

    gateway = await user.resume(ended)

    assert (await gateway.op(9))["d"] is False


async def test_a_forgotten_session_cannot_be_resumed(user: RawUser) -> None:
    lost = await user.login()
    await user.fault("drop_gateway", forget=True)
    await lost.closed()

    gateway = await user.resume(lost)

    assert (await gateway.op(9))["d"] is False


async def test_a_sequence_from_the_future_is_refused(user: RawUser) -> None:
    lost = await user.login()
    await lost.socket.close(code=4000)

    gateway = await user.resume(lost, seq=10_000)

    assert await gateway.closed() == 4007


async def test_an_unknown_version_or_encoding_is_refused(user: RawUser) -> None:
    for query in ("?v=6&encoding=json", "?v=9&encoding=etf"):
        socket = await user.http.ws_connect(f"{user.world['gateway_url']}//{query}")
        gateway = Gateway(socket, "")

        assert await gateway.closed() == 4012


async def test_the_gateway_never_compresses_messages_by_itself(user: RawUser) -> None:
    socket = await user.http.ws_connect(user.world["gateway_url"], compress=15)

    assert socket.compress == 0


async def test_a_bot_gets_its_guilds_one_by_one(user: RawUser) -> None:
    gateway = await Gateway.open(user.http, user.world["gateway_url"])

    await gateway.say(2, {"token": user.world["bot_token"], "intents": 1, "properties": {}})
    ready = await gateway.until("READY")
    guild = await gateway.until("GUILD_CREATE")

    assert ready["guilds"][0] == {"id": user.world["guild_id"], "unavailable": True}
    assert ready["application"]["id"] == user.world["application_id"]
    assert len(guild["threads"]) == 10


async def test_two_simulators_with_one_seed_are_alike(http: aiohttp.ClientSession) -> None:
    async with run_sandbox(SandboxOptions(seed=7)) as one, run_sandbox(SandboxOptions(seed=7)) as two:
        worlds = [one.world(), two.world()]

    assert worlds[0]["accounts"] == worlds[1]["accounts"]
    assert worlds[0]["channel_id"] == worlds[1]["channel_id"]
    assert len(worlds[0]["spare_accounts"]) == 8
