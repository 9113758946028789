"""Slots: what is full is said with the jobs that hold it, and nobody takes the last slot twice."""

import asyncio

from tests.tools.world import LIMIT_S, Api, Discord


async def test_a_full_account_names_the_jobs_that_hold_it(api: Api) -> None:
    first = await api.create("one #slow=60", maxJobs=2)
    second = await api.create("two #slow=60", maxJobs="2")

    third = await api.create("three", maxJobs=2)

    ids = [first.body["jobid"], second.body["jobid"]]
    assert third.status == 429
    assert third.body == {
        "error": "Maximum of 2 jobs executing in parallel supported",
        "executingJobs": ids,
        "code": 429,
    }
    assert int(third.headers["Retry-After"]) > 0
    assert (await api.get("/v1/pixverse/jobs")).body == ids


async def test_a_hundred_at_once_get_ten_slots(api: Api, discord: Discord) -> None:
    answers = await asyncio.gather(*(api.create(f"cat {n} #slow=60") for n in range(100)))

    statuses = [answer.status for answer in answers]
    assert (statuses.count(200), statuses.count(429)) == (10, 90)
    async with asyncio.timeout(LIMIT_S):
        while await discord.runs_of("cat ") != 10:
            pass


async def test_several_full_accounts_are_counted_together(api: Api, discord: Discord) -> None:
    spare = discord.spares[0]
    body = {**spare, "maxJobs": 1}
    await api.call("POST", f"/v1/pixverse/account/{spare['channel']}", json=body)
    mine = await api.create("one #slow=60", channel=discord.world["channel_id"])
    other = await api.create("two #slow=60", channel=spare["channel"])

    full = await api.create("three", maxJobs=1)

    assert full.body["error"] == "Maximum of 2 jobs executing in parallel supported"
    assert sorted(full.body["executingJobs"]) == sorted([mine.body["jobid"], other.body["jobid"]])


async def test_an_ended_job_frees_its_slot(api: Api) -> None:
    first = await api.create("one", maxJobs=1)
    await api.ended(first.body["jobid"])

    second = await api.create("two", maxJobs=1)

    assert second.status == 200
