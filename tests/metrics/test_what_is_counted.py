"""What a scrape shows after the life of a job, on a bridge with the simulated Discord."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from tests.metrics.conftest import Shown, scraped
from tests.tools.world import Api, Receiver

LIMIT_S = 30.0
CREATED = 'verb="pixverse-create"'
COUNTED = {
    "jobs_accepted_total": CREATED,
    "jobs_ended_total": 'cause="",status="completed",verb="pixverse-create"',
    "job_first_answer_seconds_count": CREATED,
    "job_seconds_count": 'status="completed",verb="pixverse-create"',
    "callback_attempts_total": 'result="delivered"',
    "callback_attempt_seconds_count": "",
    "callback_delay_seconds_count": "",
    "gateway_sessions_total": 'kind="new"',
}
NOW = {
    ("streams", ""): 1,
    ("accounts", 'condition="connected"'): 1,
    ("accounts_configured", ""): 1,
    ("accounts_paused", ""): 0,
    ("store_up", ""): 1,
    ("store_queue_writes", ""): 0,
}


async def until(http: aiohttp.ClientSession, url: str, is_so: Callable[[Shown], bool]) -> Shown:
    async with asyncio.timeout(LIMIT_S):
        while not is_so(shown := await scraped(http, url)):
            pass
    return shown


async def test_the_life_of_a_job_is_counted_once_at_each_step(
    bridge: RunningBridge, api: Api, http: aiohttp.ClientSession, receiver: Receiver
) -> None:
    made = await api.create("a cat on a wall", replyUrl=receiver.url)
    await api.ended(made.body["jobid"])
    await receiver.next()

    shown = await until(http, bridge.url, lambda now: now.value("callback_delay_seconds_count") == 1)

    assert {name: shown.value(name, labels) for name, labels in COUNTED.items()} == dict.fromkeys(COUNTED, 1)


async def test_counters_that_alerts_watch_are_there_before_they_rise(
    bridge: RunningBridge, http: aiohttp.ClientSession
) -> None:
    shown = await scraped(http, bridge.url)

    silent = 'cause="silence",status="failed",verb="pixverse-create"'
    counters = [("jobs_ended_total", silent), ("jobs_accepted_total", CREATED)]
    counters += [("callback_attempts_total", 'result="refused"'), ("messages_matched_total", 'rule="nonce"')]
    assert [shown.samples.get((f"pixverse_bridge_{name}", labels)) for name, labels in counters] == [0.0] * 4


async def test_the_way_of_an_event_is_measured_from_the_frame_to_the_streams(
    bridge: RunningBridge, api: Api, http: aiohttp.ClientSession
) -> None:
    made = await api.create("a dog in a garden")
    await api.ended(made.body["jobid"])

    shown = await until(http, bridge.url, lambda now: now.value("commit_to_feed_seconds_count") > 2)

    matched = [value for (name, _), value in shown.samples.items() if name.endswith("messages_matched_total")]
    assert sum(matched) > 0
    assert shown.value("frame_to_commit_seconds_count") > 0
    assert shown.value("store_commit_seconds_count") > 0
    assert shown.value("store_commit_writes_sum") >= shown.value("store_commit_writes_count")


async def test_requests_are_counted_by_the_template_of_their_route(
    bridge: RunningBridge, api: Api, http: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    channel = sandbox.world()["channel_id"]
    for path in (f"/v1/pixverse/account/{channel}", "/v1/pixverse/account/1", "/nowhere/to/be/found"):
        await api.get(path)

    shown = await scraped(http, bridge.url)

    account = 'method="GET",route="/v1/pixverse/account/{channel}"'
    assert shown.value("http_requests_total", f'{account},status="200"') == 1
    assert shown.value("http_requests_total", f'{account},status="404"') == 1
    assert shown.value("http_requests_total", 'method="GET",route="none",status="404"') == 1
    assert channel not in shown.text


async def test_what_is_now_is_asked_at_the_scrape(
    bridge: RunningBridge, api: Api, http: aiohttp.ClientSession
) -> None:
    stream = await http.get(
        f"{bridge.url}/v1/pixverse/events", headers={"Authorization": f"Bearer {api.token}"}
    )

    shown = await until(http, bridge.url, lambda now: {name: now.value(*name) for name in NOW} == NOW)

    assert shown.samples[("pixverse_bridge_open_jobs", 'state="waiting"')] == 0
    stream.close()


async def test_no_label_is_an_id(
    bridge: RunningBridge, api: Api, http: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    made = await api.create("a bird on a roof")
    await api.ended(made.body["jobid"])

    shown = await scraped(http, bridge.url)

    world = sandbox.world()
    ids = (made.body["jobid"], world["channel_id"], world["guild_id"], world["accounts"][0]["token"])
    assert [one for one in ids if one in shown.text] == []


async def test_without_the_database_a_scrape_shows_the_rest(
    bridge: RunningBridge, http: aiohttp.ClientSession, monkeypatch: Any
) -> None:
    monkeypatch.setattr("bridge.app.measuring.LOOK_S", 0)

    shown = await scraped(http, bridge.url)

    assert shown.value("store_up") == 0
    assert "pixverse_bridge_open_jobs" not in shown.names
    assert shown.value("accounts", 'condition="connected"') == 1
