"""Two bridges on one PostgreSQL: any of them answers anything, whichever has the account."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from tests.tools.world import LIMIT_S, Api, Discord, Receiver, bridge_on

SECRET_KEY: Final = "0" * 64


@dataclass
class Pair:
    """The bridge that has the account, and the other one."""

    holder: Api
    other: Api
    bridges: tuple[RunningBridge, RunningBridge]

    def has_account(self) -> list[bool]:
        return [bool(bridge.known_accounts._here.running()) for bridge in self.bridges]


@pytest.fixture
async def pair(
    sandbox: Sandbox, tmp_path: Path, postgres_url: str, http: aiohttp.ClientSession
) -> AsyncIterator[Pair]:
    shared: dict[str, Any] = {"database": postgres_url, "secret_key": SECRET_KEY}
    async with (
        bridge_on(sandbox, tmp_path / "one", **shared) as one,
        bridge_on(sandbox, tmp_path / "two", **shared) as two,
    ):
        found = Pair(Api(one.url, http), Api(two.url, http), (one, two))
        assert found.has_account() == [True, False]
        yield found


async def test_a_submit_to_one_bridge_runs_at_the_other_and_is_answered_with_the_bots_first_message(
    pair: Pair, discord: Discord
) -> None:
    answer = await pair.other.create("a cat", replyRef="mine")
    record = await pair.holder.ended(answer.body["jobid"])

    assert answer.status == 200
    assert answer.body["status"] != "waiting"
    assert record["status"] == "completed"
    assert await discord.runs_of("a cat") == 1
    assert (await pair.other.job(answer.body["jobid"]))["status"] == "completed"


async def test_the_reader_of_one_bridge_sees_every_position_of_the_other_once_and_goes_on_anywhere(
    pair: Pair,
) -> None:
    first = (await pair.other.create("a cat")).body["jobid"]
    seen = await positions_until_ended(pair.other, first, 0)
    second = (await pair.holder.create("a dog")).body["jobid"]
    seen_on = await positions_until_ended(pair.holder, second, seen[-1])
    again = await positions_until_ended(pair.other, second, 0)

    assert seen + seen_on == again
    assert again == sorted(set(again))


async def positions_until_ended(api: Api, job_id: str, position: int) -> list[int]:
    found = []
    async for event in api.events(position=position):
        found.append(int(event["id"]))
        record = event["data"]
        if record.get("jobid") == job_id and record["status"] == "completed":
            return found
    raise AssertionError("the stream ended")


async def test_a_job_is_cancelled_at_the_other_bridge(pair: Pair) -> None:
    job_id = (await pair.holder.create("a cat #slow=30")).body["jobid"]

    answer = await pair.other.get(f"/v1/pixverse/jobs/cancel/?jobid={job_id}")

    assert answer.body["status"] == "cancelled"
    assert (await pair.holder.job(job_id))["status"] == "cancelled"


async def test_a_callback_comes_once_and_after_the_answer_of_the_bridge_that_has_the_submit(
    pair: Pair, receiver: Receiver
) -> None:
    answer = await pair.other.create("a cat #moderated", replyUrl=receiver.url)
    had_come = list(receiver.attempts)
    callback = await receiver.next()

    assert had_come == []
    assert callback["job"]["jobid"] == answer.body["jobid"]
    assert receiver.attempts == [200]


async def test_a_callback_is_sent_again_by_the_other_bridge(pair: Pair, receiver: Receiver) -> None:
    job_id = (await pair.holder.create("a cat", replyUrl=receiver.url)).body["jobid"]
    first = await receiver.next()

    answer = await pair.other.call("POST", "/v1/pixverse/callbacks/redeliver", json={"jobid": job_id})
    second = await receiver.next()

    assert answer.status == 200
    assert second["id"] == first["id"]


async def test_the_health_of_the_other_bridges_account_is_known(pair: Pair) -> None:
    async with asyncio.timeout(LIMIT_S):
        while (await condition(pair.other)) != "connected":
            pass

    assert await condition(pair.holder) == "connected"


async def condition(api: Api) -> str:
    found: str = (await api.get("/v1/pixverse/health")).body["accounts"][0]["condition"]
    return found


async def test_an_account_that_is_removed_at_the_other_bridge_stops_at_once(
    pair: Pair, sandbox: Sandbox
) -> None:
    channel = sandbox.world()["channel_id"]

    answer = await pair.other.call("DELETE", f"/v1/pixverse/account/{channel}")

    assert answer.status in (200, 204)
    async with asyncio.timeout(30):
        while pair.has_account() != [False, False]:
            await pair.holder.get("/v1/pixverse/health")


async def test_a_job_goes_on_at_the_other_bridge_when_the_first_one_stops(
    sandbox: Sandbox, tmp_path: Path, postgres_url: str, http: aiohttp.ClientSession, discord: Discord
) -> None:
    shared: dict[str, Any] = {"database": postgres_url, "secret_key": SECRET_KEY}
    is_up, must_stop = asyncio.Event(), asyncio.Event()

    async def first() -> str:
        async with bridge_on(sandbox, tmp_path / "one", **shared) as one:
            is_up.set()
            await must_stop.wait()
            return str((await Api(one.url, http).create("a cat #slow=2")).body["jobid"])

    stopping = asyncio.create_task(first())
    await is_up.wait()
    async with bridge_on(sandbox, tmp_path / "two", **shared) as two:
        must_stop.set()
        job_id = await stopping
        record = await Api(two.url, http).ended(job_id)

    assert record["status"] == "completed"
    assert await discord.runs_of("a cat") == 1
