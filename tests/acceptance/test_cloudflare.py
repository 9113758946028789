"""Cloudflare stands before Discord's API: what it blocks takes no account down and is not sent twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bridge.app.bridge import RunningBridge, running
from bridge.logs import Redactor
from bridge.sandbox import Sandbox
from tests.tools.clocks import MovedClock
from tests.tools.minutes import minute
from tests.tools.world import TERMINAL, Api, Discord, settings_for

MINUTES = 4


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def bridge(sandbox: Sandbox, tmp_path: Path, clock: MovedClock) -> AsyncIterator[RunningBridge]:
    """Connect a bridge whose account rests after each POST, so that jobs are there before the next."""
    settings = settings_for(sandbox, tmp_path, jobs={"pace_s": 5, "patience_s": 0})
    async with running(settings, Redactor(clock), clock) as bridge:
        await bridge.connected()
        yield bridge


async def ended(api: Api, clock: MovedClock, job_id: str) -> Any:
    """Let time pass until a job has come to its end, and return its record."""
    async with asyncio.timeout(60):
        while (record := await api.job(job_id))["status"] not in TERMINAL:
            await minute(api, clock)
    return record


@pytest.mark.parametrize(
    ("is_page_over_an_answer", "status"), [(False, "failed"), (True, "completed")], ids=["block", "page"]
)
async def test_a_blocked_post_is_in_doubt_and_the_job_behind_it_has_its_turn(
    api: Api, discord: Discord, clock: MovedClock, *, is_page_over_an_answer: bool, status: str
) -> None:
    await discord.fault("cloudflare", route="/interactions", after_acceptance=is_page_over_an_answer)

    blocked = await api.create("a cat #slow=0.1")
    behind = await api.create("a dog #slow=0.1")
    records = [await ended(api, clock, each.body["jobid"]) for each in (blocked, behind)]

    health = (await api.get("/v1/pixverse/health")).body
    assert [record["status"] for record in records] == [status, "completed"]
    assert [account["condition"] for account in health["accounts"]] == ["connected"]
    assert len(await discord.interactions()) == len(records)


async def test_while_everything_is_blocked_one_post_tells_and_the_other_jobs_wait_until_the_way_is_free(
    api: Api, discord: Discord, clock: MovedClock
) -> None:
    await api.ended((await api.create("a bird #slow=0.1")).body["jobid"])
    await discord.fault("cloudflare", seconds=3_600)
    waiting = [await api.create(f"a cat {number} #slow=0.1") for number in range(3)]
    for _ in range(MINUTES):
        await minute(api, clock)
    posts = len(await discord.interactions())

    await discord.heal()
    records = [await ended(api, clock, each.body["jobid"]) for each in waiting]

    assert posts == 2
    assert [record["status"] for record in records] == ["failed", "completed", "completed"]
