"""No record shows a dead link, and Discord is asked for fresh ones no more often than needed.

The clocks of the bridge and of the simulated Discord are moved together; links live for a day.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge
from bridge.flows.keep import links as link_keeping
from bridge.sandbox import Sandbox
from tests.acceptance.moved_time import REFRESH, MovedClock, Time
from tests.tools.world import Api, Discord, Receiver, bridge_on

NEARLY_A_DAY_S = 23.5 * 3600
HOUR_S = 3600.0
JSON = {"Accept": "application/json"}


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def bridge(sandbox: Sandbox, tmp_path: Path, clock: MovedClock) -> AsyncIterator[RunningBridge]:
    async with bridge_on(sandbox, tmp_path, clock) as bridge:
        yield bridge


@pytest.fixture
def hours(clock: MovedClock, discord: Discord) -> Time:
    return Time(clock, discord)


async def completed(api: Api, prompt: str = "a cat", **fields: Any) -> Any:
    return await api.ended((await api.create(prompt, **fields)).body["jobid"])


def links(record: Any) -> list[str]:
    return [file[name] for file in record["attachments"] for name in ("url", "proxy_url")]


async def all_work(http: aiohttp.ClientSession, record: Any) -> bool:
    statuses = []
    for url in links(record):
        async with http.get(url) as response:
            statuses.append(response.status)
    return set(statuses) == {200}


async def test_a_fresh_link_is_shown_as_it_came(api: Api, hours: Time) -> None:
    record = await completed(api)
    await hours.count()

    await hours.passes(12 * HOUR_S)

    assert await api.job(record["jobid"]) == record
    assert await hours.requests() == 0


async def test_a_link_near_its_end_is_replaced_and_nothing_else_changes(
    api: Api, hours: Time, http: aiohttp.ClientSession
) -> None:
    record = await completed(api)
    await hours.count()

    await hours.passes(NEARLY_A_DAY_S)
    shown = await api.job(record["jobid"])
    await hours.passes(HOUR_S)

    assert not await all_work(http, record)
    assert await all_work(http, shown)
    assert [url.partition("?")[0] for url in links(shown)] == [url.partition("?")[0] for url in links(record)]
    assert {**shown, "attachments": None} == {**record, "attachments": None}
    assert await hours.requests() == 1


async def test_a_link_that_died_long_ago_is_replaced_day_after_day(
    api: Api, hours: Time, http: aiohttp.ClientSession
) -> None:
    record = await completed(api)
    await hours.count()

    works = []
    for _ in range(3):
        await hours.passes(10 * 24 * HOUR_S)
        works.append(await all_work(http, await api.job(record["jobid"])))

    assert works == [True, True, True]
    assert await hours.requests() == 3


async def test_many_readers_of_a_link_share_one_request(api: Api, hours: Time) -> None:
    record = await completed(api)
    await hours.passes(NEARLY_A_DAY_S)
    await hours.count()

    at_once = await asyncio.gather(*(api.job(record["jobid"]) for _ in range(20)))
    later = await api.job(record["jobid"])
    await hours.passes(12 * HOUR_S)
    half_a_day_later = await api.job(record["jobid"])

    assert len({str(shown) for shown in (*at_once, later, half_a_day_later)}) == 1
    assert links(later) != links(record)
    assert await hours.requests() == 1


async def test_a_page_asks_for_all_its_links_at_once(
    api: Api, hours: Time, http: aiohttp.ClientSession
) -> None:
    await asyncio.gather(*(completed(api, f"cat {n}") for n in range(6)))
    await hours.passes(25 * HOUR_S)
    await hours.count()

    page = (await api.get("/v1/pixverse/jobs/history")).body
    again = (await api.get("/v1/pixverse/jobs/history")).body

    assert [await all_work(http, record) for record in page["jobs"]] == [True] * 6
    assert again == page
    assert await hours.requests() == 1


async def test_fifty_links_are_asked_for_in_one_request(api: Api, hours: Time) -> None:
    for start in (0, 7):
        await asyncio.gather(*(completed(api, f"cat {start + n}") for n in range(7)))
    await hours.passes(25 * HOUR_S)
    await hours.count()

    page = (await api.get("/v1/pixverse/jobs/history")).body

    assert len({url for record in page["jobs"] for url in links(record)}) == 56
    assert await hours.requests() == 2


async def test_events_that_are_read_again_show_links_that_work(
    api: Api, hours: Time, http: aiohttp.ClientSession
) -> None:
    record = await completed(api)
    await hours.passes(25 * HOUR_S)
    await hours.count()

    page = (await api.get("/v1/pixverse/events", headers=JSON)).body["events"]
    replayed = await api.ended(record["jobid"])

    assert page[-1]["job"] == replayed == await api.job(record["jobid"])
    assert await all_work(http, replayed)
    assert await hours.requests() == 1


async def test_a_callback_that_is_late_shows_links_that_work(
    api: Api, bridge: RunningBridge, hours: Time, http: aiohttp.ClientSession, receiver: Receiver
) -> None:
    receiver.statuses = [500]
    record = await completed(api, replyUrl=receiver.url)
    await attempted(bridge)

    await hours.passes(25 * HOUR_S)
    bridge.foundation.notifier.notify("deliveries")
    callback = await receiver.next()

    assert callback["job"]["jobid"] == record["jobid"]
    assert await all_work(http, callback["job"])


async def attempted(bridge: RunningBridge) -> None:
    """Return when an attempt of a callback has been written down."""
    with bridge.foundation.notifier.subscribe("callbacks") as subscription:
        while not await bridge.foundation.database.read(lambda tx: tx.one("SELECT 1 FROM attempts")):
            assert await subscription.wait(10)


async def test_fresh_links_outlive_a_restart(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, hours: Time, clock: MovedClock
) -> None:
    async with bridge_on(sandbox, tmp_path, clock) as first:
        record = await completed(Api(first.url, http))
        await hours.passes(25 * HOUR_S)
        await hours.count()
        before = await Api(first.url, http).job(record["jobid"])

    async with bridge_on(sandbox, tmp_path, clock) as second:
        after = await Api(second.url, http).job(record["jobid"])

    assert after == before != record
    assert await hours.requests() == 1


async def test_a_refusal_leaves_the_record_as_it_is_and_is_tried_again_soon(
    api: Api, hours: Time, discord: Discord, http: aiohttp.ClientSession
) -> None:
    record = await completed(api)
    await hours.passes(25 * HOUR_S)
    await discord.fault("rest", route=REFRESH, status=404, times=1)
    await hours.count()

    refused = await api.job(record["jobid"])
    at_once = await api.job(record["jobid"])
    requests = await hours.requests()
    await hours.passes(3)
    soon = await api.job(record["jobid"])

    assert refused == at_once == record
    assert requests == 0
    assert await all_work(http, soon)
    assert await hours.requests() == 1


async def test_a_discord_that_hangs_keeps_no_record_back(
    api: Api, hours: Time, discord: Discord, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    patience_s = link_keeping.Links._patience_s

    def noted(self: link_keeping.Links, flights: Iterable[link_keeping.Flight]) -> float:
        waits.append(patience_s(self, flights))
        return waits[-1]

    one, other = await completed(api, "a cat"), await completed(api, "a dog")
    await hours.passes(25 * HOUR_S)
    await discord.fault("rest", route=REFRESH, hang_s=600, times=1)
    monkeypatch.setattr(link_keeping, "PATIENCE_S", 0.3)
    monkeypatch.setattr(link_keeping.Links, "_patience_s", noted)

    first = await api.job(one["jobid"])
    later = [await api.job(record["jobid"]) for record in (one, other)]

    assert first == one
    assert later == [one, other]
    assert waits[0] > 0
    assert not any(waits[1:])


async def test_another_account_helps_when_the_jobs_own_is_gone(
    api: Api, hours: Time, discord: Discord, http: aiohttp.ClientSession
) -> None:
    spare = discord.spares[0]
    await api.call("POST", f"/v1/pixverse/account/{spare['channel']}", json={**spare, "maxJobs": 5})
    record = await completed(api, channel=spare["channel"])
    await api.call("DELETE", f"/v1/pixverse/account/{spare['channel']}")

    await hours.passes(25 * HOUR_S)
    shown = await api.job(record["jobid"])

    assert await all_work(http, shown)
