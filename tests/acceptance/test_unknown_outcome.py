"""A POST whose outcome nobody told: evidence decides, and it is never sent again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge, running
from bridge.flows.timing import STANDARD
from bridge.jobs.given_up import UNCONFIRMED
from bridge.logs import Redactor
from bridge.sandbox import Sandbox
from tests.tools.clocks import MovedClock
from tests.tools.world import Api, Discord, Receiver, settings_for

CUT = {"route": "/interactions", "times": 1}


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def silence_s() -> float:
    return 120


@pytest.fixture
async def bridge(
    sandbox: Sandbox, tmp_path: Path, clock: MovedClock, silence_s: float
) -> AsyncIterator[RunningBridge]:
    jobs = {"pace_s": 0, "patience_s": 1, "silence_s": silence_s}
    settings = settings_for(sandbox, tmp_path, jobs=jobs)
    async with running(settings, Redactor(clock), clock) as bridge:
        await bridge.connected()
        yield bridge


@pytest.mark.parametrize("status", [0, 500, 502, 504])
async def test_what_ran_although_the_answer_was_lost_goes_on(api: Api, discord: Discord, status: int) -> None:
    await discord.fault("rest", **CUT, status=status, after_acceptance=True)

    answer = await api.create("a cat")
    record = await api.ended(answer.body["jobid"])

    assert answer.status == 200
    assert record["status"] == "completed"
    assert await discord.runs_of("a cat") == 1


@pytest.mark.parametrize("status", [0, 500])
async def test_what_did_not_run_is_proven_absent_and_given_up(
    api: Api, discord: Discord, clock: MovedClock, receiver: Receiver, status: int
) -> None:
    await discord.fault("rest", **CUT, status=status, after_acceptance=False)

    answer = await api.create("a cat", replyUrl=receiver.url)
    async with asyncio.timeout(30):
        while (await api.job(answer.body["jobid"]))["status"] == "created":
            await clock.advance(6)
    callback = (await receiver.next())["job"]

    assert (answer.status, answer.body["status"]) == (200, "created")
    assert callback["status"] == "failed"
    assert callback["error"] == UNCONFIRMED.error
    assert callback["errorDetails"] == UNCONFIRMED.details
    assert await discord.runs_of("a cat") == 0


@pytest.mark.parametrize("silence_s", [30])
async def test_a_silent_job_is_given_up_and_its_late_video_is_still_taken(
    api: Api, discord: Discord, clock: MovedClock, receiver: Receiver
) -> None:
    answer = await api.create("a cat #slow=4 #edited", replyUrl=receiver.url)
    async with asyncio.timeout(30):
        while (await api.job(answer.body["jobid"]))["status"] != "failed":
            await clock.advance(STANDARD.sweep_s)
    early = await receiver.next()

    late = await receiver.next()
    record = await api.job(answer.body["jobid"])

    assert (early["job"]["status"], early["job"].get("late")) == ("failed", None)
    assert "silent" in early["job"]["error"]
    assert (late["job"]["status"], late["job"]["late"]) == ("completed", True)
    assert "error" not in record
    assert early["id"] != late["id"]


async def test_a_machine_that_slept_for_hours_gives_nothing_up(
    api: Api, bridge: RunningBridge, clock: MovedClock
) -> None:
    answer = await api.create("a cat #slow=1.5")

    await clock.advance(8 * 3600)
    record = await api.ended(answer.body["jobid"])

    assert record["status"] == "completed"
    assert "late" not in record


async def test_an_outage_of_an_hour_fails_nothing(api: Api, discord: Discord, clock: MovedClock) -> None:
    answer = await api.create("a cat #slow=1.5")
    await discord.fault("drop_gateway", forget=True, refuse_s=1.0)
    await disconnected(api)

    await clock.advance(3600)
    record = await api.ended(answer.body["jobid"])

    assert record["status"] == "completed"
    assert "late" not in record


async def disconnected(api: Api) -> None:
    """Return when the bridge knows that its gateway connection is gone."""
    condition = "connected"
    async with asyncio.timeout(30):
        while condition == "connected":
            condition = (await api.get("/v1/pixverse/health")).body["accounts"][0]["condition"]


@pytest.fixture
async def api(bridge: RunningBridge, http: aiohttp.ClientSession) -> Api:
    return Api(bridge.url, http)
