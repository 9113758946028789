"""How accounts do: in the health, on the stream and at the operator's URL."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge
from bridge.leases.term import Machine
from bridge.running.leases import machine_name
from bridge.sandbox.acts.joining import join
from bridge.sandbox.world.threads import Thread
from bridge.store.rows import leases
from tests.tools.world import LIMIT_S, Api, Discord, Receiver, bridge_on

FIELDS = ["channel", "condition", "since", "reason", "remedy", "paused"]
TROUBLES = [
    ({"name": "revoke_token"}, "bad_token", "post the account again"),
    ({"name": "close", "code": 4004}, "bad_token", "post the account again"),
    ({"name": "close", "code": 4015}, "needs_human", "Close other programs"),
    ({"name": "close", "code": 4012}, "stopped", "update the bridge"),
    ({"name": "required_action"}, "needs_human", "do what it asks for"),
    ({"name": "drop_gateway", "refuse_s": 20}, "reconnecting", None),
]


@pytest.fixture
async def others(api: Api, discord: Discord) -> list[str]:
    """Two accounts beside the first one."""
    for spare in discord.spares[:2]:
        await post(api, spare)
        await until(api, spare["channel"], "connected")
    return [spare["channel"] for spare in discord.spares[:2]]


async def post(api: Api, spare: dict[str, Any], **changes: str) -> None:
    entry = {**{name: spare[name] for name in ("discord", "server", "channel")}, "maxJobs": 3, **changes}
    answer = await api.call("POST", f"/v1/pixverse/account/{entry['channel']}", json=entry)
    assert answer.status == 204, answer.body


async def health(api: Api) -> dict[str, Any]:
    """Return the rows by channel."""
    rows = (await api.get("/v1/pixverse/health")).body["accounts"]
    return {row["channel"]: row for row in rows}


async def until(api: Api, channel: str, condition: str) -> Any:
    async with asyncio.timeout(LIMIT_S):
        while (row := (await health(api))[channel])["condition"] != condition:
            await asyncio.to_thread(lambda: None)
    return row


async def notices(api: Api, query: str = "") -> AsyncIterator[dict[str, Any]]:
    """Yield what the stream says of accounts, from the moment that it is open."""
    headers = {"Authorization": f"Bearer {api.token}"}
    address = f"{api.url}/v1/pixverse/events{query}"
    limit = aiohttp.ClientTimeout(total=LIMIT_S)
    async with api.http.get(address, headers=headers, timeout=limit) as response:
        await response.content.readuntil(b"\n\nid: ")
        yield {}
        async for block in blocks(response):
            if b"event: account" in block:
                yield {"lines": block.split(b"\n"), "data": json_of(block)}


async def up_to(condition: str, listening: AsyncIterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is told up to a condition: a cut connection may show before its reason is known."""
    told = [await anext(listening)]
    while told[-1]["data"]["condition"] != condition:
        told.append(await anext(listening))
    return told


async def blocks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    while not response.content.at_eof():
        yield (await response.content.readuntil(b"\n\n")).rstrip(b"\n")


def json_of(block: bytes) -> Any:
    import json

    return json.loads(block.partition(b"data: ")[2])


@pytest.mark.parametrize(("fault", "condition", "remedy"), TROUBLES, ids=lambda value: str(value))
@pytest.mark.usefixtures("others")
async def test_a_trouble_is_told_with_its_story_and_touches_no_other_account(
    api: Api, discord: Discord, fault: dict[str, Any], condition: str, remedy: str | None
) -> None:
    channel = discord.world["channel_id"]
    before = await health(api)

    await discord.fault(user_id=discord.world["accounts"][0]["user_id"], **fault)
    row = await until(api, channel, condition)
    after = await health(api)

    assert list(row) == [*FIELDS, "running", "maxJobs"]
    assert row["reason"]
    assert (remedy is None) == (row["remedy"] is None)
    assert remedy is None or remedy in row["remedy"]
    assert row["since"] > before[channel]["since"]
    assert {**after, channel: None} == {**before, channel: None}


async def test_a_new_token_brings_the_account_back_without_a_restart(api: Api, discord: Discord) -> None:
    world = discord.world
    channel, user = world["channel_id"], world["accounts"][0]["user_id"]
    listening = notices(api)
    await anext(listening)

    fresh = await revoked(discord, user)
    await until(api, channel, "bad_token")
    await post(api, {"discord": fresh, "server": world["guild_id"], "channel": channel})
    told = [*await up_to("bad_token", listening), *await up_to("connected", listening)]
    answer = await api.create("a cat #slow=0.1", channel=channel)

    conditions = [one["data"]["condition"] for one in told]
    assert [one for one in conditions if one != "reconnecting"] == ["bad_token", "connecting", "connected"]
    assert answer.status == 200
    assert (await api.ended(answer.body["jobid"]))["status"] == "completed"


@pytest.mark.parametrize(
    "fault", [{"name": "captcha"}, {"name": "close", "code": 4015}], ids=lambda fault: str(fault["name"])
)
async def test_the_same_token_posted_again_brings_the_account_back(
    api: Api, discord: Discord, fault: dict[str, Any]
) -> None:
    first = discord.world["accounts"][0]
    channel = discord.world["channel_id"]
    same = {"discord": first["token"], "server": discord.world["guild_id"], "channel": channel}

    await discord.fault(user_id=first["user_id"], **fault)
    if fault["name"] == "captcha":
        refused = await api.create("a cat", channel=channel)
        assert refused.status == 409
    await until(api, channel, "needs_human")
    await post(api, same)
    await until(api, channel, "connected")
    answer = await api.create("a dog #slow=0.1", channel=channel)

    assert answer.status == 200
    assert (await api.ended(answer.body["jobid"]))["status"] == "completed"


async def test_another_channel_of_the_token_does_not_bring_a_troubled_account_back(
    api: Api, discord: Discord
) -> None:
    first, spare = discord.world["accounts"][0], discord.spares[0]
    channel = discord.world["channel_id"]
    await discord.fault("required_action", user_id=first["user_id"])
    await until(api, channel, "needs_human")
    before = (await health(api))[channel]

    elsewhere = {"discord": first["token"], "server": spare["server"], "channel": spare["channel"]}
    answer = await api.create("a cat", **elsewhere)

    assert answer.status >= 400
    assert (await health(api))[channel] == before


async def test_an_account_that_does_not_see_its_thread_is_told_without_a_job_until_it_is_let_in(
    api: Api, discord: Discord
) -> None:
    outside, spare, sim = discord.world["accounts"][1], discord.spares[1], discord.sandbox._sim
    thread = sim.world.channels[int(spare["channel"])]
    assert isinstance(thread, Thread)

    await post(api, {**spare, "discord": outside["token"]})
    row = await until(api, spare["channel"], "needs_human")
    refused = await api.create("a cat", channel=spare["channel"])
    join(sim, thread, [int(outside["user_id"])])
    await until(api, spare["channel"], "connected")
    answer = await api.create("a dog #slow=0.1", channel=spare["channel"])

    assert row["reason"] == "this account does not see the channel or thread"
    assert (refused.status, refused.body["errorDetails"]) == (409, f"{row['reason']}. {row['remedy']}")
    assert answer.status == 200
    assert (await api.ended(answer.body["jobid"]))["status"] == "completed"


async def revoked(discord: Discord, user: str) -> str:
    """Refuse a user's token, and return the new one."""
    address = f"{discord.sandbox.url}/_sandbox/faults"
    async with discord.http.post(address, json={"fault": "revoke_token", "user_id": user}) as response:
        return str((await response.json())["new_tokens"][0]["token"])


async def test_a_change_is_on_the_stream_as_it_is_in_the_health(api: Api, discord: Discord) -> None:
    channel = discord.world["channel_id"]
    listening = notices(api)
    await anext(listening)

    await discord.fault("close", code=4015)
    told = (await up_to("needs_human", listening))[-1]
    row = await until(api, channel, "needs_human")

    assert told["lines"][0] == b"event: account"
    assert not any(line.startswith(b"id:") for line in told["lines"])
    assert told["data"] == {name: row[name] for name in FIELDS}


async def test_a_removed_account_is_told(api: Api, discord: Discord) -> None:
    channel = discord.world["channel_id"]
    listening = notices(api)
    await anext(listening)

    await api.call("DELETE", f"/v1/pixverse/account/{channel}")
    told = (await anext(listening))["data"]

    assert (told["channel"], told["condition"]) == (channel, "stopped")
    assert told["reason"] == "the account was removed"


async def test_a_filter_by_channel_lets_that_account_through_and_a_filter_by_job_none(
    api: Api, discord: Discord, others: list[str]
) -> None:
    streams = [
        notices(api, f"?channel={others[0]}"),
        notices(api, "?jobid=none"),
        notices(api, "?replyRef=x"),
    ]
    for stream in streams:
        await anext(stream)
    waiting = [asyncio.ensure_future(anext(stream)) for stream in streams]

    await discord.fault("close", code=4015, user_id=discord.world["accounts"][0]["user_id"])
    await until(api, discord.world["channel_id"], "needs_human")
    await discord.fault("close", code=4015)
    told = (await waiting[0])["data"]

    assert told["channel"] == others[0]
    assert not waiting[1].done()
    assert not waiting[2].done()
    for one in waiting:
        one.cancel()


@pytest.fixture
async def alerting(sandbox: Any, tmp_path: Any, receiver: Receiver) -> AsyncIterator[RunningBridge]:
    async with bridge_on(sandbox, tmp_path / "alerting", alerts={"url": receiver.url}) as bridge:
        yield bridge


async def test_the_operator_is_told(alerting: RunningBridge, discord: Discord, receiver: Receiver) -> None:
    assert alerting.url

    receiver.statuses = []
    await discord.fault("close", code=4015)
    told = await receiver.next()

    assert list(told["job"]) == FIELDS
    assert told["job"]["condition"] == "needs_human"
    assert told["id"].startswith("msg_")


async def test_the_health_says_which_of_several_processes_runs_an_account_and_since_when(
    api: Api, bridge: RunningBridge
) -> None:
    alone = await health(api)

    await bridge.foundation.database.write(lambda tx: leases.join(tx, Machine("another", "another:1", 0)))
    together = await health(api)

    assert [set(row) for row in alone.values()] == [{*FIELDS, "running", "maxJobs"}]
    assert [row["machine"]["name"] for row in together.values()] == [machine_name()]
    assert [row["machine"]["since"][-1] for row in together.values()] == ["Z"]
