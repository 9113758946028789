"""All jobs of a tenant, newest first, a page at a time."""

import asyncio
from typing import Any

import pytest

from tests.tools.world import Answer, Api, Discord

HISTORY = "/v1/pixverse/jobs/history"


async def history(api: Api, **query: Any) -> Answer:
    return await api.get(HISTORY, params={name: str(value) for name, value in query.items()})


async def ids_of(api: Api, **query: Any) -> list[str]:
    return [record["jobid"] for record in (await history(api, **query)).body["jobs"]]


async def made(api: Api, prompt: str, **fields: Any) -> str:
    answer = await api.create(prompt, **fields)
    return str(answer.body["jobid"])


async def test_the_newest_job_comes_first_as_it_is_shown_alone(api: Api) -> None:
    jobs = [await made(api, f"cat {n}") for n in range(3)]
    records = {job_id: await api.ended(job_id) for job_id in jobs}

    answer = await history(api)

    assert answer.status == 200
    assert answer.body == {"jobs": [records[job_id] for job_id in reversed(jobs)], "next": None, "code": 200}


async def test_a_part_of_the_prompt_finds_a_job_whatever_the_case(api: Api) -> None:
    cat, _, dog = [await made(api, prompt) for prompt in ("A White Cat", "a bird", "a white dog")]

    found = await ids_of(api, prompt="wHITe"), await ids_of(api, prompt="white", verb="pixverse-create")
    none = await ids_of(api, prompt="white", status="cancelled"), await ids_of(api, prompt="horse")

    assert found == ([dog, cat], [dog, cat])
    assert none == ([], [])
    assert await ids_of(api, prompt="Do") == [dog]


async def test_nothing_was_asked_yet(api: Api) -> None:
    answer = await history(api)

    assert (answer.status, answer.body) == (200, {"jobs": [], "next": None, "code": 200})


async def test_pages_follow_one_another_though_new_jobs_come(api: Api) -> None:
    jobs = [await made(api, f"cat {n} #slow=30") for n in range(5)]

    first = (await history(api, limit=2)).body
    await made(api, "one more #slow=30")
    second = (await history(api, limit=2, cursor=first["next"])).body
    third = (await history(api, limit=2, cursor=second["next"])).body

    pages = [[record["jobid"] for record in page["jobs"]] for page in (first, second, third)]
    assert pages == [jobs[:2:-1], jobs[2:0:-1], jobs[:1]]
    assert isinstance(first["next"], str)
    assert third["next"] is None


async def test_a_page_that_ends_with_the_oldest_job_is_the_last(api: Api) -> None:
    jobs = [await made(api, f"cat {n} #slow=30") for n in range(2)]

    answer = await history(api, limit=2)

    assert [record["jobid"] for record in answer.body["jobs"]] == jobs[::-1]
    assert answer.body["next"] is None


async def test_every_filter_leaves_what_it_names(api: Api, discord: Discord) -> None:
    spare = discord.spares[0]
    await api.call("POST", f"/v1/pixverse/account/{spare['channel']}", json={**spare, "maxJobs": 5})
    here = discord.world["channel_id"]
    running = await made(api, "a cat #slow=30", channel=here, replyRef="a")
    there = await made(api, "a cat #slow=30", channel=spare["channel"], replyRef="b")
    refused = (await api.create("a #moderated cat", channel=here, replyRef="b")).body["jobid"]

    found = {
        "status": await ids_of(api, status="moderated"),
        "running": await ids_of(api, status="started"),
        "verb": await ids_of(api, verb="pixverse-create"),
        "no verb": await ids_of(api, verb="pixverse-button"),
        "channel": await ids_of(api, channel=spare["channel"]),
        "replyRef": await ids_of(api, replyRef="b"),
        "two": await ids_of(api, replyRef="b", status="moderated"),
        "four": await ids_of(api, replyRef="b", status="started", channel=here, verb="pixverse-create"),
        "three": await ids_of(api, status="started", channel=here, verb="pixverse-create"),
        "unknown": await ids_of(api, replyRef="c"),
        "empty": await ids_of(api, status="", verb="", channel="", replyRef="", limit="", cursor=""),
    }

    assert found == {
        "status": [refused],
        "running": [there, running],
        "verb": [refused, there, running],
        "no verb": [],
        "channel": [there],
        "replyRef": [refused, there],
        "two": [refused],
        "four": [],
        "three": [running],
        "unknown": [],
        "empty": [refused, there, running],
    }


async def test_a_filter_goes_on_from_page_to_page(api: Api) -> None:
    jobs = [await made(api, f"cat {n} #slow=30", replyRef=f"r{n % 2}") for n in range(6)]

    first = (await history(api, replyRef="r1", limit=2)).body
    rest = (await history(api, replyRef="r1", limit=2, cursor=first["next"])).body

    assert [record["jobid"] for record in first["jobs"] + rest["jobs"]] == jobs[5::-2]
    assert rest["next"] is None


async def test_twenty_jobs_are_a_page_unless_the_client_says_otherwise(api: Api) -> None:
    for _ in range(3):
        await asyncio.gather(*(api.create(f"a #moderated cat {n}") for n in range(7)))

    usual, all_of_them = await history(api), await history(api, limit=100)

    assert len(usual.body["jobs"]) == 20
    assert len(all_of_them.body["jobs"]) == 21


@pytest.mark.parametrize("limit", ["0", "101", "-1", "abc", "1.5", "1e1", "9" * 30])
async def test_a_limit_out_of_bounds_is_refused(api: Api, limit: str) -> None:
    answer = await history(api, limit=limit)

    assert (answer.status, answer.body["code"]) == (400, 400)
    assert answer.body["error"] == f"limit {limit} not supported, must be 1…100"


@pytest.mark.parametrize("cursor", ["x", "-1", "1_0", " 1", "f" * 40, "é"])
async def test_a_cursor_that_was_never_given_is_refused(api: Api, cursor: str) -> None:
    answer = await history(api, cursor=cursor)

    assert (answer.status, answer.body) == (400, {"error": f"cursor {cursor} is not valid", "code": 400})


async def test_an_unknown_status_or_verb_is_refused_with_the_known_ones(api: Api) -> None:
    status, verb = await history(api, status="given_up"), await history(api, verb="create")

    assert (status.status, verb.status) == (400, 400)
    assert status.body["error"] == (
        "status given_up not supported, must be one of created, started, progress, completed, moderated, "
        "failed, cancelled"
    )
    assert verb.body["error"] == (
        "verb create not supported, must be one of pixverse-create, pixverse-create_single, "
        "pixverse-animate, pixverse-meme_face, pixverse-button"
    )


@pytest.mark.parametrize("mark", ["%FF", "%ED%A0%80", "%EF%BB%BF", "🔀", "'", "%25", "%2B"])
async def test_a_strange_reference_finds_nothing_and_breaks_nothing(api: Api, mark: str) -> None:
    await made(api, "a #moderated cat", replyRef="mine")

    answer = await api.get(f"{HISTORY}?replyRef={mark}&channel=")

    assert (answer.status, answer.body["jobs"]) == (200, [])
