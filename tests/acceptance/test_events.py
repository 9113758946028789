"""The change log as a stream and as a page."""

import asyncio

import aiohttp

from tests.tools.databases import both_engines
from tests.tools.world import Api


@both_engines
async def test_a_job_is_seen_from_created_to_completed_without_a_hole(api: Api) -> None:
    answer = await api.create("a cat")
    await api.ended(answer.body["jobid"])

    events = [event async for event in first_events(api, 0, "completed")]

    statuses = [event["data"]["status"] for event in events]
    assert statuses[:2] == ["created", "started"]
    assert set(statuses[2:-1]) <= {"progress"}
    assert statuses[-1] == "completed"
    ids = [int(event["id"]) for event in events]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert all("event" not in event for event in events)


async def first_events(api: Api, position: int, until: str):  # type: ignore[no-untyped-def]
    async for event in api.events(position=position):
        yield event
        if event["data"]["status"] == until:
            return


@both_engines
async def test_a_reader_that_comes_back_misses_nothing(api: Api) -> None:
    answer = await api.create("a cat")
    await api.ended(answer.body["jobid"])
    everything = [event["id"] async for event in first_events(api, 0, "completed")]

    rest = [event["id"] async for event in first_events(api, int(everything[1]), "completed")]

    assert rest == everything[2:]


async def test_a_stream_shows_only_what_was_asked_for(api: Api) -> None:
    await asyncio.gather(*(api.create(f"cat {n}", replyRef=f"ref{n}") for n in range(3)))

    page = (await api.get("/v1/pixverse/events?replyRef=ref1", headers={"Accept": "application/json"})).body

    assert {event["job"]["replyRef"] for event in page["events"]} == {"ref1"}
    assert page["code"] == 200


@both_engines
async def test_the_page_goes_on_where_it_ended(api: Api) -> None:
    answer = await api.create("a cat")
    await api.ended(answer.body["jobid"])
    accept = {"Accept": "application/json"}

    whole = (await api.get("/v1/pixverse/events", headers=accept)).body
    middle = whole["events"][1]["id"]
    rest = (await api.get(f"/v1/pixverse/events?last_event_id={middle}", headers=accept)).body
    empty = (await api.get(f"/v1/pixverse/events?last_event_id={whole['next']}", headers=accept)).body

    assert [event["id"] for event in whole["events"]][2:] == [event["id"] for event in rest["events"]]
    assert whole["next"] == rest["next"] == empty["next"]
    assert empty["events"] == []
    assert whole["events"][0]["at"].endswith("Z")


async def test_a_position_that_is_no_number_is_refused(api: Api) -> None:
    word = await api.get("/v1/pixverse/events?last_event_id=abc")

    assert (word.status, word.body["code"]) == (400, 400)


async def test_a_slow_reader_does_not_keep_others_waiting(api: Api, http: aiohttp.ClientSession) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    async with http.get(api.url + "/v1/pixverse/events", headers=headers):
        answer = await api.create("a cat")

        record = await api.ended(answer.body["jobid"])

    assert record["status"] == "completed"
