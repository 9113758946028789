"""The gateway is cut while a job runs: the result still arrives, by replay or from the history."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.sandbox import Sandbox, SandboxOptions, run_sandbox
from tests.tools.world import Answer, Api, Discord

CUTS = (
    {"name": "drop_gateway"},
    {"name": "drop_gateway", "forget": True},
    {"name": "reconnect"},
    {"name": "invalid_session"},
)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(SandboxOptions(video_seconds=1.5, accounts=9)) as sandbox:
        yield sandbox


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: "-".join(map(str, cut.values())))
@pytest.mark.parametrize("way", ["#edited", pytest.param("#plain", marks=pytest.mark.thorough)])
async def test_a_cut_session_does_not_lose_the_video(
    api: Api, discord: Discord, cut: dict[str, object], way: str
) -> None:
    answer = await api.create(f"a cat {way}")

    await discord.fault(str(cut["name"]), **{key: value for key, value in cut.items() if key != "name"})
    record = await api.ended(answer.body["jobid"])

    assert record["status"] == "completed"
    assert await discord.runs_of(f"a cat {way}") == 1


async def test_what_the_bot_said_while_the_gateway_was_away_is_read_from_the_history(
    api: Api, discord: Discord
) -> None:
    answer = await api.create("a cat #slow=0.2")

    await discord.fault("drop_gateway", forget=True, refuse_s=1.0)
    record = await api.ended(answer.body["jobid"])

    assert record["status"] == "completed"


@pytest.mark.parametrize("fault", ["duplicate_events", "reorder_events"])
async def test_events_twice_or_in_the_wrong_order_change_nothing(
    api: Api, discord: Discord, fault: str
) -> None:
    await discord.fault(fault)

    answers = await asyncio.gather(*(api.create(f"cat {n} #slow=0.3") for n in range(4)))
    records = [await api.ended(answer.body["jobid"]) for answer in answers]

    assert [record["status"] for record in records] == ["completed"] * 4
    for n, record in enumerate(records):
        options = await discord.asked_for(record["attachments"][0]["url"])
        assert options["prompt"] == f"cat {n} #slow=0.3"


async def test_a_refused_token_asks_for_attention_and_a_new_one_brings_the_account_back(
    api: Api, discord: Discord
) -> None:
    world = discord.world
    await discord.fault("revoke_token", user_id=world["accounts"][0]["user_id"])
    channel = world["channel_id"]
    refused = await until_refused(api, channel)
    row = (await api.get("/v1/pixverse/health")).body["accounts"][0]

    spare = discord.spares[0]
    fresh = {
        "discord": spare["discord"],
        "server": spare["server"],
        "channel": spare["channel"],
        "maxJobs": 3,
    }
    await api.call("POST", f"/v1/pixverse/account/{spare['channel']}", json=fresh)
    answer = await api.create("a cat #slow=0.2", channel=spare["channel"])

    assert refused.body["error"] == f"Account {channel} needs attention"
    assert refused.body["errorDetails"] == f"{row['reason']}. {row['remedy']}"
    assert "jobid" in refused.body
    assert answer.status == 200


async def until_refused(api: Api, channel: str) -> Answer:
    async with asyncio.timeout(30):
        while True:
            answer = await api.create("a cat", channel=channel)
            if answer.status == 409:
                return answer


async def test_a_replaced_token_is_kept(api: Api, discord: Discord) -> None:
    before = (await api.get("/v1/pixverse/account")).body
    await discord.fault("replace_token")

    await discord.fault("invalid_session")
    after = before
    async with asyncio.timeout(30):
        while after == before:
            after = (await api.get("/v1/pixverse/account")).body
    answer = await api.create("a cat #slow=0.2")

    assert answer.status == 200
    assert (await api.ended(answer.body["jobid"]))["status"] == "completed"
