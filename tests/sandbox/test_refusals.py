"""Faults with which Discord turns an account away, and those that make a connection worse."""

import asyncio

import aiohttp
import pytest

from bridge.sandbox.media import picture
from tests.sandbox.raw_bot import RawBot
from tests.tools.raw_user import Gateway, Json, RawUser


async def order(user: RawUser) -> Json:
    return await user.slash_body("create", {"prompt": "a cat", "style": "Anime"})


async def test_a_request_that_brings_a_solved_captcha_passes(user: RawUser) -> None:
    body = await order(user)
    await user.fault("captcha", seconds=60)

    asked, said = await user.send(body)
    solved = {"X-Captcha-Key": "P1_solved", "X-Captcha-Rqtoken": said["captcha_rqtoken"]}
    passed, _ = await user.call("POST", "/interactions", json=body, headers=solved)
    again, _ = await user.send(body)

    assert (asked, passed, again) == (400, 204, 400)


async def test_a_required_action_is_told_and_stops_the_account(user: RawUser, other: RawUser) -> None:
    gateway = await user.login()
    body = await order(user)

    await user.fault("required_action", user_id=user.id)
    told = await gateway.until("USER_REQUIRED_ACTION_UPDATE")
    stopped, said = await user.send(body)
    await other.login()
    spared, _ = await other.send(await order(other))
    later = await Gateway.open(user.http, user.world["gateway_url"])
    await later.say(2, {"token": user.token, "capabilities": 0, "properties": {}})
    ready = await later.until("READY")
    await user.clear_faults()
    done = await gateway.until("USER_REQUIRED_ACTION_UPDATE")

    assert told == {"required_action": "REQUIRE_VERIFIED_PHONE"}
    assert (stopped, said["code"], spared) == (403, 40002, 204)
    assert ready["required_action"] == "REQUIRE_VERIFIED_PHONE"
    assert done == {"required_action": None}


@pytest.mark.parametrize(("missing", "code"), [("access", 50001), ("permission", 50013)])
async def test_a_permission_may_be_missing_in_a_channel(
    user: RawUser, other: RawUser, missing: str, code: int
) -> None:
    await user.fault("missing_permission", channel_id=user.channel_id, missing=missing)

    status, said = await user.call("GET", f"/channels/{user.channel_id}/messages")
    elsewhere, _ = await other.call("GET", f"/channels/{other.channel_id}/messages")

    assert (status, said["code"], elsewhere) == (403, code, 200)


async def test_a_missing_permission_stops_interactions_too(user: RawUser) -> None:
    body = await order(user)
    await user.fault("missing_permission", user_id=user.id)

    status, said = await user.send(body)

    assert (status, said["code"]) == (403, 50013)


async def test_in_a_black_hole_the_socket_stays_open_and_says_nothing(user: RawUser) -> None:
    gateway = await user.login()

    _, said = await user.fault("blackhole", user_id=user.id)
    await gateway.say(1, None)
    await user.create("a cat")

    assert said["sessions"] == 1
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await gateway.frame()
    again = await user.resume(gateway)
    assert await again.until("INTERACTION_CREATE")


async def test_a_black_hole_may_swallow_new_connections_for_a_while(user: RawUser) -> None:
    await user.fault("blackhole", seconds=60)
    gateway = await Gateway.open(user.http, user.world["gateway_url"])

    await gateway.say(2, {"token": user.token, "capabilities": 0, "properties": {}})

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await gateway.frame()
    await user.clear_faults()
    assert await user.login()


async def test_frames_may_be_slow(user: RawUser) -> None:
    gateway = await user.login()
    loop = asyncio.get_running_loop()

    await user.fault("slow_frames", user_id=user.id, delay_s=0.1, times=2)
    begun = loop.time()
    await gateway.catch_up()
    await gateway.catch_up()
    slow_s = loop.time() - begun
    await gateway.catch_up()

    assert slow_s >= 0.2
    assert loop.time() - begun - slow_s < 0.1


async def test_an_upload_may_be_cut_and_tried_again(user: RawUser) -> None:
    files = [{"id": "0", "filename": "cat.png", "file_size": len(picture())}]
    _, said = await user.call("POST", f"/channels/{user.channel_id}/attachments", json={"files": files})
    url = said["attachments"][0]["upload_url"]
    await user.fault("cut_upload", times=2)  # aiohttp itself tries a PUT again, once

    with pytest.raises(aiohttp.ClientError):
        await user.http.put(url, data=picture())
    async with user.http.put(url, data=picture()) as answer:
        assert answer.status == 200


async def test_a_bots_own_uploads_can_be_named_with_an_interactions_token(user: RawUser) -> None:
    bot = await RawBot.login(user)
    gateway = await user.login()
    files = [{"id": "0", "filename": "cat.png", "file_size": len(picture())}]
    _, said = await bot.call("POST", f"/channels/{user.channel_id}/attachments", json={"files": files})
    slot = said["attachments"][0]
    async with user.http.put(slot["upload_url"], data=picture()) as answer:
        assert answer.status == 200
    await user.create("a cat")

    named = [{"id": "0", "filename": "cat.png", "uploaded_filename": slot["upload_filename"]}]
    status, _ = await bot.answer(await bot.heard(), 4, {"attachments": named})

    assert status == 204
    assert (await gateway.until("MESSAGE_CREATE"))["attachments"][0]["filename"] == "cat.png"


async def test_an_upload_may_take_its_time(user: RawUser) -> None:
    files = [{"id": "0", "filename": "cat.png", "file_size": len(picture())}]
    _, said = await user.call("POST", f"/channels/{user.channel_id}/attachments", json={"files": files})
    url = said["attachments"][0]["upload_url"]
    await user.fault("slow_upload", delay_s=0.2)
    loop = asyncio.get_running_loop()

    begun = loop.time()
    async with user.http.put(url, data=picture()) as answer:
        slow_s = loop.time() - begun
        assert answer.status == 200

    assert slow_s >= 0.2
