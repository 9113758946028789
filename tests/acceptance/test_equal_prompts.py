"""As many equal prompts as may run at once, whose videos carry no id and come out of order."""

import asyncio
from typing import Any

import pytest

from bridge.app.bridge import RunningBridge
from tests.tools.databases import both_engines
from tests.tools.world import Api, Discord

PROMPT = "twins #plain #slow=6"


async def interactions_of(bridge: RunningBridge, records: list[Any]) -> list[str]:
    """Return the interaction of each job, as the bridge has stored it."""
    sql = "SELECT job, interaction_id FROM interactions WHERE is_void = 0"
    rows = await bridge.foundation.database.read(lambda tx: tx.all(sql))
    found = {row["job"]: row["interaction_id"] for row in rows}
    return [found[record["jobid"]] for record in records]


async def makers_of(discord: Discord, records: list[Any]) -> list[str]:
    """Return the interaction that made each job's video: its bytes name it."""
    return [await discord.made_by(record["attachments"][0]["url"]) for record in records]


@both_engines
@pytest.mark.parametrize(("channels", "count"), [pytest.param(1, 10, marks=pytest.mark.thorough), (2, 20)])
async def test_each_of_the_most_equal_jobs_gets_one_video_of_its_channel(
    api: Api, bridge: RunningBridge, discord: Discord, channels: int, count: int
) -> None:
    for spare in discord.spares[: channels - 1]:
        await api.call("POST", f"/v1/pixverse/account/{spare['channel']}", json={**spare, "maxJobs": 10})
    await bridge.connected()

    answers = await asyncio.gather(*(api.create(PROMPT) for _ in range(count)))
    in_flight = (await api.get("/v1/pixverse/jobs")).body
    await discord.fault("reorder_events")
    records = await asyncio.gather(*(api.ended(answer.body["jobid"]) for answer in answers))

    assert len(in_flight) == count
    assert [record["status"] for record in records] == ["completed"] * count
    asked, made = await interactions_of(bridge, records), await makers_of(discord, records)
    assert sorted(made) == sorted(asked)
    assert await channels_of(discord, made) == [record["channel"] for record in records]
    assert len({record["channel"] for record in records}) == channels


async def channels_of(discord: Discord, interactions: list[str]) -> list[str]:
    """Return where each interaction ran."""
    rows = {row["id"]: row["channel_id"] for row in await discord.interactions()}
    return [rows[interaction] for interaction in interactions]
