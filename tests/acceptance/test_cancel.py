"""A client that does not want a video any more gets its slot back, and nothing else happens."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from tests.tools.databases import both_engines
from tests.tools.world import Answer, Api, Discord, Receiver, bridge_on

PATHS = ("/v1/pixverse/jobs/cancel/", "/v1/pixverse/jobs/cancel")


async def cancel(api: Api, job_id: str, path: str = PATHS[0]) -> Answer:
    return await api.get(path, params={"jobid": job_id})


async def interaction_of(bridge: RunningBridge, job_id: str) -> str:
    sql = "SELECT interaction_id FROM interactions WHERE job = :job AND is_void = 0"
    row = await bridge.foundation.database.read(lambda tx: tx.one(sql, job=job_id))
    return str(row["interaction_id"])  # type: ignore[index]


@both_engines
@pytest.mark.parametrize("path", PATHS)
async def test_a_cancelled_job_frees_its_slot(api: Api, path: str) -> None:
    first = await api.create("a cat #slow=30", maxJobs=1)
    full = await api.create("a dog", maxJobs=1)

    answer = await cancel(api, first.body["jobid"], path)
    second = await api.create("a dog", maxJobs=1)

    assert full.status == 429
    assert answer.status == 200
    assert answer.body == {"jobid": first.body["jobid"], "status": "cancelled", "code": 200}
    assert second.status == 200
    assert first.body["jobid"] not in (await api.get("/v1/pixverse/jobs")).body


async def test_a_cancelled_job_says_why_it_ended_and_is_called_back(api: Api, receiver: Receiver) -> None:
    job_id = (await api.create("a cat #slow=30", replyUrl=receiver.url)).body["jobid"]

    await cancel(api, job_id)
    callback = await receiver.next()

    record = await api.job(job_id)
    assert (record["status"], record["error"], record["code"]) == ("cancelled", "The job was cancelled", 200)
    assert callback["job"] == record


async def test_a_finished_job_keeps_its_status(api: Api) -> None:
    job_id = (await api.create("a cat")).body["jobid"]
    record = await api.ended(job_id)

    answer = await cancel(api, job_id)

    assert (answer.status, answer.body) == (200, {"jobid": job_id, "status": "completed", "code": 200})
    assert await api.job(job_id) == record


@both_engines
async def test_cancelling_twice_tells_it_once(api: Api) -> None:
    job_id = (await api.create("a cat #slow=30")).body["jobid"]

    answers = [await cancel(api, job_id) for _ in range(2)]

    page = await api.get(f"/v1/pixverse/events?jobid={job_id}", headers={"Accept": "application/json"})
    statuses = [event["job"]["status"] for event in page.body["events"]]
    assert [answer.body["status"] for answer in answers] == ["cancelled", "cancelled"]
    assert statuses.count("cancelled") == 1


@pytest.mark.parametrize("path", PATHS)
async def test_what_cannot_be_cancelled_is_said_in_the_contracts_words(api: Api, path: str) -> None:
    unknown = await cancel(api, "nothing", path)
    empty = await cancel(api, "", path)
    absent = await api.get(path)

    assert (unknown.status, unknown.body) == (404, {"error": "Unable to locate job nothing", "code": 404})
    for answer in (empty, absent):
        assert answer.status == 400
        assert answer.body == {"error": "Query param jobid not provided", "code": 400}


async def test_a_job_that_waits_is_never_sent(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, discord: Discord
) -> None:
    async with bridge_on(sandbox, tmp_path, jobs={"pace_s": 60, "patience_s": 10}) as bridge:
        api = Api(bridge.url, http)
        first = (await api.create("a cat #slow=30")).body["jobid"]
        waiting = asyncio.create_task(api.create("a dog"))
        second = await job_behind(api, first)

        answer = await cancel(api, second)

        assert answer.body["status"] == "cancelled"
        assert (await waiting).body["status"] == "cancelled"
        assert await discord.runs_of("a dog") == 0


async def job_behind(api: Api, first: str) -> str:
    async for record in api.records(position=0):
        if record["jobid"] != first:
            return str(record["jobid"])
    raise AssertionError("the stream ended")


@pytest.mark.parametrize("way", ["#edited", "#followup", "#reply", "#plain"])
async def test_a_late_video_changes_nothing(api: Api, way: str) -> None:
    job_id = (await api.create(f"a cat {way} #slow=0.4")).body["jobid"]
    await cancel(api, job_id)
    record = await api.job(job_id)

    later = await api.create(f"a dog {way} #slow=0.8")
    await api.ended(later.body["jobid"])

    page = await api.get(f"/v1/pixverse/events?jobid={job_id}", headers={"Accept": "application/json"})
    assert await api.job(job_id) == record
    assert page.body["events"][-1]["job"] == record


@both_engines
@pytest.mark.parametrize("way", ["#edited", "#followup", "#reply"])
async def test_the_late_video_is_not_given_to_an_equal_job(
    api: Api, bridge: RunningBridge, discord: Discord, way: str
) -> None:
    prompt = f"twins {way} #slow=0.8"
    former = (await api.create(prompt)).body["jobid"]
    await cancel(api, former)

    record = await api.ended((await api.create(prompt)).body["jobid"])

    made_by = await discord.made_by(record["attachments"][0]["url"])
    assert made_by == await interaction_of(bridge, record["jobid"])
    assert (await api.job(former))["status"] == "cancelled"


async def test_of_equal_videos_without_an_id_each_is_used_up_once(api: Api, discord: Discord) -> None:
    """Where nothing tells two videos apart, the job that is wanted gets the first, the other is dropped."""
    prompt = "twins #plain #slow=0.8"
    former = (await api.create(prompt)).body["jobid"]
    await cancel(api, former)

    record = await api.ended((await api.create(prompt)).body["jobid"])
    third = await api.ended((await api.create(prompt)).body["jobid"])

    assert record["status"] == third["status"] == "completed"
    assert {file["filename"] for file in record["attachments"]}.isdisjoint(
        file["filename"] for file in third["attachments"]
    )
    assert (await api.job(former))["status"] == "cancelled"
