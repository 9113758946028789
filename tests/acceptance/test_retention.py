"""A job that was kept long enough has expired, then was never there; the log says where it begins now."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bridge.app.bridge import RunningBridge
from bridge.flows.keep.retention import EVERY_S
from bridge.sandbox import Sandbox
from tests.tools.clocks import MovedClock
from tests.tools.world import Answer, Api, bridge_on

DAY_S = 86_400.0
JSON = {"Accept": "application/json"}
EXPIRED = {"error": "Job has expired", "code": 410}


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def bridge(sandbox: Sandbox, tmp_path: Path, clock: MovedClock) -> AsyncIterator[RunningBridge]:
    jobs = {"pace_s": 0, "patience_s": 5, "keep_days": 2}
    async with bridge_on(sandbox, tmp_path, clock, jobs=jobs) as bridge:
        yield bridge


async def ended_job(api: Api) -> str:
    answer = await api.create("a cat #slow=0.1")
    await api.ended(answer.body["jobid"])
    return str(answer.body["jobid"])


async def shown_as(api: Api, clock: MovedClock, job_id: str, status: int) -> Answer:
    """Return the answer when it has this status. A pass may have begun before the clock was moved."""
    async with asyncio.timeout(30):
        while (answer := await api.get(f"/v1/pixverse/jobs/?jobid={job_id}")).status != status:
            await clock.advance(EVERY_S)
    return answer


async def test_a_job_expires_and_is_then_unknown(api: Api, clock: MovedClock) -> None:
    job_id = await ended_job(api)

    await clock.advance(2 * DAY_S + 60)
    expired = await shown_as(api, clock, job_id, 410)
    cancelled = await api.get(f"/v1/pixverse/jobs/cancel/?jobid={job_id}")
    press = {"jobid": job_id, "button": "U1"}
    pressed = await api.call("POST", "/v1/pixverse/button", json=press)
    await clock.advance(2 * DAY_S + 60)
    unknown = await shown_as(api, clock, job_id, 404)

    assert expired.body == cancelled.body == pressed.body == EXPIRED
    assert (cancelled.status, pressed.status) == (410, 410)
    assert unknown.body["error"] == f"Unable to locate job {job_id}"


async def test_an_expired_job_is_in_no_history(api: Api, clock: MovedClock) -> None:
    job_id = await ended_job(api)

    await clock.advance(2 * DAY_S + 60)
    await shown_as(api, clock, job_id, 410)
    history = await api.get("/v1/pixverse/jobs/history")

    assert history.body == {"jobs": [], "next": None, "code": 200}


async def test_a_reader_is_told_that_its_position_is_no_longer_kept(api: Api, clock: MovedClock) -> None:
    first = await ended_job(api)
    oldest = (await page_at(api, 0))["events"][0]["id"]
    await clock.advance(2 * DAY_S + 60)
    await shown_as(api, clock, first, 410)
    second = await ended_job(api)

    page = await api.get(f"/v1/pixverse/events?last_event_id={oldest}", headers=JSON)
    event = await anext(api.events(position=oldest))
    after = [event async for event in until_completed(api, int(event["id"]))]

    assert page.body["reset"] is True
    assert {event["job"]["jobid"] for event in page.body["events"]} == {second}
    assert event == {
        "event": "reset",
        "id": str(page.body["events"][0]["id"] - 1),
        "data": {"position": page.body["events"][0]["id"] - 1},
    }
    assert [int(one["id"]) for one in after] == [one["id"] for one in page.body["events"]]


async def test_the_oldest_that_is_kept_is_no_reset(api: Api, clock: MovedClock) -> None:
    first = await ended_job(api)
    await clock.advance(2 * DAY_S + 60)
    await shown_as(api, clock, first, 410)
    second = await ended_job(api)

    page = await api.get("/v1/pixverse/events?last_event_id=0", headers=JSON)
    oldest = page.body["events"][0]["id"]
    just_before = await api.get(f"/v1/pixverse/events?last_event_id={oldest - 1}", headers=JSON)
    streamed = await anext(api.events(position=0))

    assert {event["job"]["jobid"] for event in page.body["events"]} == {second}
    assert "reset" not in page.body
    assert just_before.body == page.body
    assert ("event" not in streamed, int(streamed["id"])) == (True, oldest)


async def test_an_empty_log_keeps_its_place(api: Api, clock: MovedClock) -> None:
    job_id = await ended_job(api)
    before = (await page_at(api, 0))["events"]
    newest = before[-1]["id"]
    await clock.advance(2 * DAY_S + 60)
    await shown_as(api, clock, job_id, 410)

    at_the_end = await page_at(api, newest)
    from_the_start = await page_at(api, 0)
    gone = await page_at(api, before[0]["id"])
    ahead = await page_at(api, newest + 1)

    assert at_the_end == from_the_start == {"events": [], "next": newest, "code": 200}
    assert gone == ahead == {"events": [], "next": newest, "reset": True, "code": 200}


async def page_at(api: Api, position: int) -> Any:
    return (await api.get(f"/v1/pixverse/events?last_event_id={position}", headers=JSON)).body


async def until_completed(api: Api, position: int) -> AsyncIterator[dict[str, Any]]:
    async for event in api.events(position=position):
        yield event
        if event["data"].get("status") == "completed":
            return
