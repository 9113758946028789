"""What the bot tells of credits: kept as it is read, and an account without any takes no jobs."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp

from bridge.sandbox import Sandbox
from tests.tools.verbs import completed
from tests.tools.world import LIMIT_S, Api, Discord, bridge_on


async def health_of(api: Api, channel: str) -> Any:
    rows = (await api.get("/v1/pixverse/health")).body["accounts"]
    return next(row for row in rows if row["channel"] == channel)


async def until(api: Api, channel: str, condition: str) -> Any:
    async with asyncio.timeout(LIMIT_S):
        while (row := await health_of(api, channel))["condition"] != condition:
            await asyncio.to_thread(lambda: None)
    return row


async def test_what_the_bot_tells_of_credits_is_in_the_health(api: Api, discord: Discord) -> None:
    channel = discord.world["channel_id"]
    before = await health_of(api, channel)

    record = await completed(api, "a cat #credits")
    row = await health_of(api, channel)

    assert "notices" not in before
    assert record["status"] == "completed"
    assert row["notices"]["credits"]["value"] == "41"
    assert row["notices"]["credits"]["at"] >= record["created"][:10]
    assert row["condition"] == "connected"


async def test_an_account_without_credits_takes_no_jobs_until_a_person_resumes_it(
    api: Api, discord: Discord
) -> None:
    channel = discord.world["channel_id"]

    met = await api.create("a cat #no-credits")
    ended = await api.ended(met.body["jobid"])
    row = await until(api, channel, "out_of_credits")
    refused = await api.create("a dog")
    resumed = await api.call("POST", f"/v1/pixverse/account/{channel}", json={"paused": False})
    await until(api, channel, "connected")
    taken = await completed(api, "a bird")

    attention = f"Account {channel} needs attention"
    assert (met.status, met.body["error"]) == (409, attention)
    assert (ended["status"], ended["error"]) == ("failed", attention)
    assert "run out of credits" in ended["errorDetails"]
    assert "run out of credits" in row["reason"]
    assert "resume" in row["remedy"]
    assert (refused.status, refused.body["error"], resumed.status) == (409, attention, 204)
    assert "run out of credits" in refused.body["errorDetails"]
    assert taken["status"] == "completed"


async def test_other_accounts_take_the_jobs_and_what_was_sent_goes_on(api: Api, discord: Discord) -> None:
    spare, channel = discord.spares[0], discord.world["channel_id"]
    await api.call("POST", f"/v1/pixverse/account/{spare['channel']}", json={**spare, "maxJobs": 3})
    await until(api, spare["channel"], "connected")
    running = await api.create("a cat #slow=1", channel=channel)

    await api.create("a dog #no-credits", channel=channel)
    await until(api, channel, "out_of_credits")
    elsewhere = await completed(api, "a bird")

    assert elsewhere["channel"] == spare["channel"]
    assert (await api.ended(running.body["jobid"]))["status"] == "completed"


async def test_a_restart_keeps_an_account_out_of_credits(
    sandbox: Sandbox, http: aiohttp.ClientSession, tmp_path: Path, engine: dict[str, Any]
) -> None:
    async with bridge_on(sandbox, tmp_path, **engine) as first:
        api = Api(first.url, http)
        met = await api.create("a dog #no-credits")
        channel = (await api.ended(met.body["jobid"]))["channel"]

    async with bridge_on(sandbox, tmp_path, **engine) as second:
        api = Api(second.url, http)
        row = await until(api, channel, "out_of_credits")
        refused = await api.create("a bird")

    assert "run out of credits" in row["notices"]["out_of_credits"]["value"]
    assert refused.status == 409
