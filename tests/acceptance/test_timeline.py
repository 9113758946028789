"""What a person sees of a job: everything that happened to it, by which rule, and what was made from it."""

from datetime import datetime
from typing import Any

import pytest

from tests.tools.world import Api, a_receiver

pytestmark = pytest.mark.asyncio


async def timeline(api: Api, job_id: str) -> Any:
    answer = await api.get("/v1/pixverse/jobs/timeline", params={"jobid": job_id})
    assert answer.status == 200
    return answer.body


async def test_a_job_shows_everything_that_happened_to_it(api: Api) -> None:
    async with a_receiver() as receiver:
        made = (await api.create("a cat", replyUrl=receiver.url)).body
        record = await api.ended(made["jobid"])
        await api.settled(made["jobid"])

        shown = await timeline(api, made["jobid"])

    statuses = [event["status"] for event in shown["events"]]
    assert (statuses[0], statuses[-1]) == ("created", "completed")
    assert shown["events"][-1]["messageId"] == record["messageId"]
    assert shown["events"][-1]["content"] == record["content"]
    assert [event["id"] for event in shown["events"]] == sorted(event["id"] for event in shown["events"])
    [sent] = shown["interactions"]
    assert (sent["kind"], sent["outcome"], sent["ran"]) == ("command", "taken", True)
    assert datetime.fromisoformat(sent["sent"]) <= datetime.fromisoformat(sent["answered"])
    assert sent["interactionId"]
    assert record["messageId"] in [message["messageId"] for message in shown["messages"] if message["files"]]
    assert {message["rule"] for message in shown["messages"]} <= {
        "nonce",
        "interaction",
        "reference",
        "message",
    }
    [callback] = shown["callbacks"]
    assert (callback["status"], callback["state"]) == ("completed", "delivered")
    assert [attempt["status"] for attempt in callback["attempts"]] == [200]
    assert (shown["jobid"], shown["parentJobId"], shown["children"]) == (made["jobid"], None, [])


async def test_what_a_button_made_is_seen_from_both_sides(api: Api) -> None:
    parent = await api.ended((await api.create("a cat")).body["jobid"])
    button = parent["buttons"][0]
    order = {"jobid": parent["jobid"], "button": button}
    child = (await api.call("POST", "/v1/pixverse/button", json=order)).body

    above, below = await timeline(api, parent["jobid"]), await timeline(api, child["jobid"])

    assert [(one["jobid"], one["button"]) for one in above["children"]] == [(child["jobid"], button)]
    assert below["parentJobId"] == parent["jobid"] == (await api.job(child["jobid"]))["parentJobId"]


async def test_the_counts_follow_the_jobs(api: Api) -> None:
    before = (await api.get("/v1/pixverse/jobs/counts")).body
    running = (await api.create("a cat #slow=30")).body["jobid"]
    await api.ended((await api.create("a dog")).body["jobid"])

    during = (await api.get("/v1/pixverse/jobs/counts")).body
    await api.get("/v1/pixverse/jobs/cancel", params={"jobid": running})
    after = (await api.get("/v1/pixverse/jobs/counts")).body

    assert before == {
        "open": {"created": 0, "started": 0, "progress": 0},
        "lastDay": {"completed": 0, "failed": 0, "moderated": 0, "cancelled": 0},
        "code": 200,
    }
    assert (sum(during["open"].values()), during["lastDay"]["completed"]) == (1, 1)
    assert (sum(after["open"].values()), after["lastDay"]["cancelled"]) == (0, 1)


async def test_an_accounts_last_day_has_24_rows_and_its_jobs_in_the_last_one(api: Api) -> None:
    record = await api.ended((await api.create("a cat")).body["jobid"])

    answer = await api.get(f"/v1/pixverse/account/{record['channel']}/statistics")

    hours = answer.body["hours"]
    assert len({hour["hour"] for hour in hours}) == len(hours) == 24
    assert sum(hour["completed"] for hour in hours) == 1
    [told] = [hour for hour in hours if hour["completed"]]
    assert 0 <= told["waitP50"] == told["waitP95"] < 60
    assert hours[0]["waitP50"] is None
    assert (await api.get("/v1/pixverse/account/1168473004498501699/statistics")).status == 404


@pytest.mark.parametrize("query", ["", "?jobid=", "?jobid=%00", "?jobid=unknown"])
async def test_a_timeline_of_no_job_is_refused(api: Api, query: str) -> None:
    answer = await api.get(f"/v1/pixverse/jobs/timeline{query}")

    assert answer.status == (404 if query == "?jobid=unknown" else 400)
