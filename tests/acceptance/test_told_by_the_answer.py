"""What the answer to a submit tells, and what its callback: a 429 once, and nothing before the answer."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from bridge.store.rows import idempotency
from tests.tools.world import Answer, Api, Discord, Receiver, bridge_on

RATE_LIMITED = "Discord /interactions failed with HTTP status 429"

TOO_BUSY = {"phrases": [{"meaning": "busy", "pattern": "our ai moderator"}]}
"""The simulator's bot never says that it is too busy: its refusal is read as such."""


async def callbacks_of(api: Api, job_id: str) -> list[dict[str, Any]]:
    found = (await api.get(f"/v1/pixverse/callbacks?jobid={job_id}")).body["callbacks"]
    return list(found)


async def throttle(discord: Discord, **more: Any) -> None:
    await discord.fault("rest", route="/interactions", status=429, retry_after=0.1, times=1, **more)


async def repeated(api: Api, prompt: str, **fields: Any) -> Answer:
    """Submit as a client does that repeats what was answered 429."""
    async with asyncio.timeout(30):
        while (answer := await api.create(prompt, **fields)).status == 429:
            pass
    return answer


async def test_who_was_answered_429_hears_only_of_the_repeated_job(
    api: Api, discord: Discord, receiver: Receiver
) -> None:
    wish = {"replyUrl": receiver.url, "replyRef": "mine"}
    await throttle(discord)

    refused = await api.create("a cat", **wish)
    again = await repeated(api, "a cat", **wish)
    told = await receiver.next()

    assert (refused.status, refused.body["error"]) == (429, RATE_LIMITED)
    assert (told["job"]["jobid"], told["job"]["status"]) == (again.body["jobid"], "completed")
    assert await callbacks_of(api, refused.body["jobid"]) == []
    assert (await api.job(refused.body["jobid"]))["status"] == "failed"


async def test_who_was_told_that_the_bot_is_too_busy_hears_only_of_the_repeated_job(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, receiver: Receiver
) -> None:
    wish = {"replyUrl": receiver.url, "replyRef": "mine"}
    async with bridge_on(sandbox, tmp_path, bot=TOO_BUSY) as bridge:
        api = Api(bridge.url, http)

        refused = await api.create("a #moderated cat", **wish)
        again = await repeated(api, "a cat", **wish)
        told = await receiver.next()
        owed = await callbacks_of(api, refused.body["jobid"])
        ended = await api.job(refused.body["jobid"])

    assert (refused.status, refused.body["error"]) == (429, RATE_LIMITED)
    assert int(refused.headers["Retry-After"]) > 0
    assert (told["job"]["jobid"], told["job"]["status"]) == (again.body["jobid"], "completed")
    assert (ended["status"], owed, receiver.queue.empty()) == ("failed", [], True)


async def test_who_was_told_that_a_button_is_too_much_hears_of_no_end(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, receiver: Receiver
) -> None:
    wish = {"replyUrl": receiver.url, "replyRef": "mine"}
    async with bridge_on(sandbox, tmp_path, bot=TOO_BUSY) as bridge:
        api = Api(bridge.url, http)
        parent = (await api.create("a cat")).body["jobid"]
        await api.ended(parent)
        press = {"jobid": parent, "button": "V1", **wish}

        refused = await api.call("POST", "/v1/pixverse/button", json={**press, "prompt": "a #moderated cat"})
        again = await repeated(api, "a cat", **wish)
        told = await receiver.next()
        owed = await callbacks_of(api, refused.body["jobid"])

    assert refused.status == 429
    assert (told["job"]["jobid"], owed) == (again.body["jobid"], [])


async def test_what_was_answered_200_is_called_back_when_the_bot_is_too_busy_afterwards(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, receiver: Receiver
) -> None:
    async with bridge_on(sandbox, tmp_path, bot=TOO_BUSY) as bridge:
        answer = await Api(bridge.url, http).create("a #moderated-late cat", replyUrl=receiver.url)
        told = await receiver.next()

    assert (answer.status, answer.body["status"]) == (200, "started")
    assert (told["job"]["jobid"], told["job"]["status"]) == (answer.body["jobid"], "failed")


async def test_a_late_result_of_what_was_answered_429_is_called_back(
    api: Api, discord: Discord, receiver: Receiver
) -> None:
    await discord.fault("hold_events")
    await throttle(discord, after_acceptance=True)

    refused = await api.create("a cat", replyUrl=receiver.url)
    await discord.heal()
    told = await receiver.next()

    assert refused.status == 429
    assert (told["job"]["jobid"], told["job"]["status"], told["job"]["late"]) == (
        refused.body["jobid"],
        "completed",
        True,
    )
    assert len(await callbacks_of(api, refused.body["jobid"])) == 1


async def test_what_was_answered_200_is_called_back_when_discord_answers_429_afterwards(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, discord: Discord, receiver: Receiver
) -> None:
    async with bridge_on(sandbox, tmp_path, jobs={"patience_s": 0.2, "pace_s": 0}) as bridge:
        await throttle(discord)

        answer = await Api(bridge.url, http).create("a cat", replyUrl=receiver.url)
        told = await receiver.next()

    assert (answer.status, answer.body["status"]) == (200, "created")
    assert (told["job"]["jobid"], told["job"]["error"]) == (answer.body["jobid"], RATE_LIMITED)


async def test_who_hung_up_before_the_429_is_called_back(
    api: Api, discord: Discord, receiver: Receiver
) -> None:
    await throttle(discord)
    body = json.dumps({"prompt": "a cat", "style": "Anime", "replyUrl": receiver.url}).encode()
    request = (
        f"POST /v1/pixverse/create HTTP/1.1\r\nHost: bridge\r\nAuthorization: Bearer {api.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    address = URL(api.url)
    _, writer = await asyncio.open_connection(address.host, address.port)

    writer.write(request + body)
    async for _ in api.records(position=0):
        break
    writer.transport.abort()
    told = await receiver.next()

    assert (told["job"]["status"], told["job"]["error"]) == ("failed", RATE_LIMITED)


@pytest.mark.parametrize("prompt", ["a #moderated cat", "a #fail cat", "a #early cat"])
async def test_a_callback_leaves_a_second_after_the_answer_at_least(
    api: Api, receiver: Receiver, prompt: str
) -> None:
    asked_at = time.monotonic()
    answer = await api.create(prompt, replyUrl=receiver.url)

    told = await receiver.next()

    assert time.monotonic() - asked_at >= 1.0
    assert told["job"]["jobid"] == answer.body["jobid"]


async def test_the_stream_waits_for_no_answer(api: Api, receiver: Receiver) -> None:
    reading = asyncio.create_task(first_end(api))
    await asyncio.to_thread(lambda: None)

    answer = await api.create("a #moderated cat", replyUrl=receiver.url)
    record = await reading

    assert record["jobid"] == answer.body["jobid"]
    assert receiver.queue.empty()


async def first_end(api: Api) -> Any:
    async for record in api.records(position=0):
        if record["status"] == "moderated":
            return record
    raise AssertionError("the stream ended")


async def test_a_429_of_before_a_crash_is_not_given_again_for_the_key(
    api: Api, discord: Discord, bridge: RunningBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"Idempotency-Key": "once"}
    body = {"prompt": "a cat", "style": "Anime"}
    await throttle(discord)
    with monkeypatch.context() as crash:
        crash.setattr(idempotency, "delete", lambda _tx, _tenant, _key, _job: None)
        first = await api.call("POST", "/v1/pixverse/create", json=body, headers=headers)
    await discord.heal()

    again = first
    async with asyncio.timeout(30):
        while again.status == 429:
            again = await api.call("POST", "/v1/pixverse/create", json=body, headers=headers)

    assert (first.status, again.status) == (429, 200)
    assert first.body["jobid"] != again.body["jobid"]
    assert "Idempotent-Replayed" not in again.headers
