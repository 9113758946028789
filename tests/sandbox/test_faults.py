"""Faults: what can be made to go wrong, and that it does."""

import asyncio

import aiohttp
import pytest

from tests.tools.raw_user import Gateway, RawUser, is_finished


async def test_a_dropped_gateway_may_refuse_connections_for_a_while(user: RawUser) -> None:
    gateway = await user.login()

    await user.fault("drop_gateway", refuse_s=60)
    code = await gateway.closed()

    assert code == 1006
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await Gateway.open(user.http, user.world["gateway_url"])
    await user.clear_faults()
    assert await user.login()


async def test_reconnect_asks_for_a_resume(user: RawUser) -> None:
    gateway = await user.login()

    await user.fault("reconnect")
    await gateway.op(7)
    await gateway.socket.close(code=4000)

    assert await (await user.resume(gateway)).until("RESUMED") is not None


async def test_an_invalid_session_must_identify_anew(user: RawUser) -> None:
    gateway = await user.login()

    await user.fault("invalid_session")
    said = await gateway.op(9)
    again = await user.resume(gateway)

    assert said["d"] is False
    assert (await again.op(9))["d"] is False


async def test_heartbeats_can_go_unacknowledged(user: RawUser) -> None:
    gateway = await user.login()
    await user.fault("no_heartbeat_ack", times=1)

    await gateway.say(1, None)
    await gateway.say(1, None)

    await gateway.op(11)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await gateway.frame()


async def test_held_events_come_when_the_fault_is_cleared(user: RawUser, other: RawUser) -> None:
    gateway, free = await user.login(), await other.login()
    await user.fault("hold_events", user_id=user.id)

    await user.create("a cat")
    await other.create("a dog")
    await free.until("MESSAGE_UPDATE", is_finished)
    before = await gateway.catch_up()
    await user.clear_faults()

    assert before == ["READY", "READY_SUPPLEMENTAL"]
    await gateway.until("MESSAGE_UPDATE", is_finished)
    assert gateway.names()[2:5] == ["INTERACTION_CREATE", "MESSAGE_CREATE", "INTERACTION_SUCCESS"]


async def test_held_events_come_after_a_time(user: RawUser) -> None:
    gateway = await user.login()
    await user.fault("hold_events", seconds=0.1)

    await user.create("a cat")

    assert await gateway.until("MESSAGE_UPDATE", is_finished)


async def test_events_can_come_twice(user: RawUser) -> None:
    gateway = await user.login()
    await user.fault("duplicate_events", times=1)

    await user.create("a cat")
    await gateway.until("MESSAGE_CREATE")

    assert gateway.names()[2:5] == ["INTERACTION_CREATE", "INTERACTION_CREATE", "MESSAGE_CREATE"]


async def test_events_can_overtake_each_other(user: RawUser) -> None:
    gateway = await user.login()
    await user.fault("reorder_events", times=1)

    await user.create("a cat")
    await gateway.until("INTERACTION_CREATE")

    assert gateway.names()[2:4] == ["MESSAGE_CREATE", "INTERACTION_CREATE"]


async def test_a_revoked_token_is_refused_everywhere(user: RawUser) -> None:
    gateway = await user.login()

    _, said = await user.fault("revoke_token", user_id=user.id)
    code = await gateway.closed()
    status, _ = await user.call("GET", "/users/@me")
    user.token, old = said["new_tokens"][0]["token"], user.token
    renewed, _ = await user.call("GET", "/users/@me")
    await user.clear_faults()
    user.token = old
    restored, _ = await user.call("GET", "/users/@me")

    assert (code, status, renewed, restored) == (4004, 401, 200, 200)


async def test_a_replaced_token_comes_with_ready(user: RawUser) -> None:
    await user.fault("replace_token", user_id=user.id)

    gateway = await user.login()
    old, _ = await user.call("GET", "/users/@me")
    user.token = gateway.seen[0]["d"]["auth_token"]
    new, _ = await user.call("GET", "/users/@me")

    assert (old, new) == (401, 200)


async def test_a_rest_fault_answers_instead_and_nothing_runs(user: RawUser) -> None:
    gateway = await user.login()
    body = await user.slash_body("create", {"prompt": "a cat", "style": "Anime"})
    await user.fault("rest", route="/interactions", status=502)

    broken, _ = await user.send(body)
    mended, _ = await user.send(body)
    await gateway.until("MESSAGE_UPDATE", is_finished)

    assert (broken, mended) == (502, 204)
    assert [(row["accepted"], row["status"]) for row in await user.journal()] == [(False, 502), (True, 204)]
    assert gateway.names().count("INTERACTION_CREATE") == 1


async def test_a_rest_fault_after_acceptance_lies(user: RawUser) -> None:
    gateway = await user.login()
    body = await user.slash_body("create", {"prompt": "a cat", "style": "Anime"})
    await user.fault("rest", route="/interactions", status=429, retry_after=1.5, after_acceptance=True)

    status, said = await user.send(body)

    assert (status, said["retry_after"]) == (429, 1.5)
    assert await gateway.until("MESSAGE_UPDATE", is_finished)
    assert (await user.journal())[0]["accepted"] is True


async def test_a_rest_fault_can_cut_the_connection(user: RawUser) -> None:
    gateway = await user.login()
    body = await user.slash_body("create", {"prompt": "a cat", "style": "Anime"})
    await user.fault("rest", route="/interactions", status=0, after_acceptance=True)

    with pytest.raises(aiohttp.ClientConnectionError):
        await user.send(body)

    assert await gateway.until("MESSAGE_UPDATE", is_finished)
    assert (await user.journal())[0]["status"] == 0


async def test_cloudflare_blocks_everything_with_a_page_that_is_not_the_apis(user: RawUser) -> None:
    await user.login()
    body = await user.slash_body("create", {"prompt": "a cat", "style": "Anime"})

    await user.fault("cloudflare", times=2)
    blocked, read = await user.raw("POST", "/interactions", json=body), await user.raw("GET", "/users/@me")

    for answer in (blocked, read):
        assert answer.status == 403
        assert answer.content_type == "text/html"
        assert answer.headers["Server"] == "cloudflare"
        assert "Via" not in answer.headers
    assert [row["status"] for row in await user.journal()] == [403]


async def test_a_ban_of_cloudflare_says_its_time_in_a_header_alone(user: RawUser) -> None:
    await user.fault("cloudflare", route="/users", retry_after=1200)

    banned = await user.raw("GET", "/users/@me")

    assert banned.status == 429
    assert banned.headers["Retry-After"] == "1200"
    assert "X-RateLimit-Scope" not in banned.headers
    assert "Error 1015" in await banned.text()


async def test_a_rest_fault_can_answer_late(user: RawUser) -> None:
    gateway = await user.login()
    body = await user.slash_body("create", {"prompt": "a cat", "style": "Anime"})
    await user.fault("rest", route="/interactions", hang_s=0.2)

    sending = asyncio.create_task(user.send(body))
    await gateway.until("MESSAGE_UPDATE", is_finished)
    was_answered = sending.done()
    status, _ = await sending

    assert (was_answered, status) == (False, 204)


async def test_a_fault_may_concern_one_user_only(user: RawUser, other: RawUser) -> None:
    await user.fault("rest", route="/users", status=503, user_id=user.id)

    spared, _ = await other.call("GET", "/users/@me")
    struck, _ = await user.call("GET", "/users/@me")

    assert (spared, struck) == (200, 503)


async def test_the_gateway_can_close_with_any_code(user: RawUser) -> None:
    gateway = await user.login()

    await user.fault("close", code=4015)

    assert await gateway.closed() == 4015


async def test_commands_can_get_a_new_version(user: RawUser) -> None:
    gateway = await user.login(subscribe=False)
    body = await user.slash_body("create", {"prompt": "a cat", "style": "Anime"})

    await user.fault("stale_command")
    update = await gateway.until("GUILD_APPLICATION_COMMAND_INDEX_UPDATE")
    stale, _ = await user.send(body)
    await user.create("a cat")

    assert update == {"guild_id": user.world["guild_id"]}
    assert stale == 400
    assert await gateway.until("INTERACTION_CREATE")


async def test_a_captcha_can_be_asked_for(user: RawUser) -> None:
    body = await user.slash_body("create", {"prompt": "a cat", "style": "Anime"})
    await user.fault("captcha")

    status, said = await user.send(body)

    assert (status, said["captcha_key"]) == (400, ["captcha-required"])
