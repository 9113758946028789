"""Callbacks are signed, listed with their attempts, and sent again on request."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from bridge.access.tenant import DEFAULT as TENANT
from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from bridge.store.database import Tx
from bridge.store.rows.webhook_secrets import OVERLAP_MS
from tests.tools.clocks import MovedClock
from tests.tools.receivers import receiving, status
from tests.tools.world import Answer, Api, bridge_on

DAY_S = 86_400.0
CALLBACKS = "/v1/pixverse/callbacks"
REDELIVER = f"{CALLBACKS}/redeliver"


async def listed(api: Api, **query: Any) -> Answer:
    return await api.get(CALLBACKS, params={name: str(value) for name, value in query.items()})


async def redeliver(api: Api, body: Any) -> Answer:
    return await api.call("POST", REDELIVER, json=body)


async def settled(api: "Client", job_id: str, state: str = "delivered") -> Any:
    """Return a job's callback as it is listed once it has come to this state."""
    with api.bridge.foundation.notifier.subscribe("callbacks") as subscription:
        async with asyncio.timeout(30):
            while True:
                for callback in (await listed(api, jobid=job_id)).body["callbacks"]:
                    if callback["state"] == state:
                        return callback
                await subscription.wait(1)


class Client(Api):
    """A client that hears the bridge's bells."""

    bridge: RunningBridge


@pytest.fixture
def api(bridge: RunningBridge, http: aiohttp.ClientSession) -> Client:
    return client_of(bridge, http)


def client_of(bridge: RunningBridge, http: aiohttp.ClientSession) -> Client:
    client = Client(bridge.url, http)
    client.bridge = bridge
    return client


async def told(api: Api, url: str, prompt: str = "a #moderated cat") -> str:
    """Return a job that has ended and is told to a URL."""
    return str((await api.create(prompt, replyUrl=url)).body["jobid"])


async def test_a_callback_is_verified_by_a_library_of_others(api: Client) -> None:
    async with receiving() as receiver:
        job_id = await told(api, receiver.url)
        (post,) = await receiver.got(1)

    job = Webhook(api.bridge.foundation.webhook_secret).verify(post.body, post.headers)

    assert job == await api.job(job_id)
    assert post.id.startswith("msg_")
    with pytest.raises(WebhookVerificationError):
        Webhook(api.bridge.foundation.webhook_secret).verify(post.body + b" ", post.headers)


async def test_a_rotated_secret_signs_at_once_beside_the_earlier_one(api: Client) -> None:
    foundation = api.bridge.foundation

    def rotate(tx: Tx) -> str:
        return foundation.webhook_secrets.rotate(tx, TENANT, foundation.clock.now_ms())

    def drop_old(tx: Tx) -> int:
        return foundation.webhook_secrets.drop_old(tx, TENANT)

    async with receiving() as receiver:
        new = await foundation.database.write(rotate)
        await told(api, receiver.url)
        (both,) = await receiver.got(1)
        await foundation.database.write(drop_old)
        await told(api, receiver.url)
        (_, alone) = await receiver.got(2)

    assert len(both.headers["webhook-signature"].split(" ")) == 2
    for secret in (new, foundation.webhook_secret):
        Webhook(secret).verify(both.body, both.headers)
    Webhook(new).verify(alone.body, alone.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(foundation.webhook_secret).verify(alone.body, alone.headers)


async def test_an_earlier_secret_signs_until_its_day_is_over(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    clock = MovedClock()
    async with bridge_on(sandbox, tmp_path, clock) as bridge, receiving() as receiver:
        api, foundation = client_of(bridge, http), bridge.foundation
        rotated_ms = clock.now_ms() - OVERLAP_MS + 60_000
        new = await foundation.database.write(
            lambda tx: foundation.webhook_secrets.rotate(tx, TENANT, rotated_ms)
        )
        await told(api, receiver.url)
        (both,) = await receiver.got(1)
        await clock.advance(61)
        await told(api, receiver.url)
        (_, alone) = await receiver.got(2)

    for secret in (new, foundation.webhook_secret):
        Webhook(secret).verify(both.body, both.headers)
    Webhook(new).verify(alone.body, alone.headers)
    assert " " not in alone.headers["webhook-signature"]
    with pytest.raises(WebhookVerificationError):
        Webhook(foundation.webhook_secret).verify(alone.body, alone.headers)


async def test_a_callback_is_listed_with_its_attempts(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with (
        bridge_on(sandbox, tmp_path, callbacks={"pauses_s": [0.05]}) as bridge,
        receiving() as receiver,
    ):
        api = client_of(bridge, http)
        receiver.next_answers.append(status(503))
        job_id = await told(api, receiver.url)
        callback = await settled(api, job_id)
        whole = (await listed(api)).body

    first, second = callback.pop("attempts")
    assert callback == {
        "id": receiver.posts[0].id,
        "jobid": job_id,
        "url": receiver.url,
        "state": "delivered",
        "status": "moderated",
        "next_at": None,
    }
    assert (first["status"], first["error"]) == (503, "HTTP status 503")
    assert (second["status"], second["error"]) == (200, None)
    assert set(first) == {"at", "status", "duration_ms", "error"}
    assert first["at"] < second["at"]
    assert (len(whole["callbacks"]), whole["next"], whole["code"]) == (1, None, 200)


async def test_what_is_pending_says_why_and_when_it_is_tried_again(api: Client) -> None:
    async with receiving() as receiver:
        await receiver.refuse()
        job_id = await told(api, receiver.url)
        with api.bridge.foundation.notifier.subscribe("callbacks") as subscription:
            while not (callback := (await listed(api)).body["callbacks"][0])["attempts"]:
                await subscription.wait(1)

    (attempt,) = callback["attempts"]
    assert (callback["jobid"], callback["state"], attempt["status"]) == (job_id, "pending", None)
    assert "ClientConnectorError" in attempt["error"]
    assert callback["next_at"] > attempt["at"]


async def test_pages_and_filters_leave_what_they_name(api: Client) -> None:
    async with receiving() as receiver, receiving(status(410)) as gone:
        jobs = [await told(api, receiver.url, f"a #moderated cat {number}") for number in range(3)]
        lost = await told(api, gone.url)
        for job_id in jobs:
            await settled(api, job_id)
        await settled(api, lost, "given_up")

    first = (await listed(api, limit=2)).body
    second = (await listed(api, limit=2, cursor=first["next"])).body
    found = [await listed(api, state="given_up"), await listed(api, jobid=jobs[0], state="delivered")]
    none = [
        await listed(api, state="pending"),
        await listed(api, jobid="another"),
        await listed(api, jobid=lost, state="delivered"),
    ]

    pages = [[callback["jobid"] for callback in page["callbacks"]] for page in (first, second)]
    assert pages == [[lost, jobs[2]], [jobs[1], jobs[0]]]
    assert second["next"] is None
    assert [answer.body["callbacks"][0]["jobid"] for answer in found] == [lost, jobs[0]]
    assert [answer.body["callbacks"] for answer in none] == [[], [], []]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"limit": 0}, "limit 0 not supported, must be 1…100"),
        ({"limit": 101}, "limit 101 not supported, must be 1…100"),
        ({"cursor": "x"}, "cursor x is not valid"),
        ({"state": "lost"}, "state lost not supported, must be one of pending, delivered, given_up"),
    ],
)
async def test_a_bad_question_is_refused(api: Client, query: dict[str, Any], error: str) -> None:
    answer = await listed(api, **query)

    assert (answer.status, answer.body) == (400, {"error": error, "code": 400})


async def test_what_was_delivered_is_sent_again_under_the_same_id(api: Client) -> None:
    async with receiving() as receiver:
        job_id = await told(api, receiver.url)
        await settled(api, job_id)

        answer = await redeliver(api, {"jobid": job_id})
        first, again = await receiver.got(2)

    assert (answer.status, answer.body) == (200, {"jobid": job_id, "redelivered": 1, "code": 200})
    assert (first.id, first.body) == (again.id, again.body)


async def test_what_was_given_up_is_sent_again(api: Client) -> None:
    async with receiving(status(410)) as receiver:
        job_id = await told(api, receiver.url)
        await settled(api, job_id, "given_up")
        receiver.answer = status(200)

        answer = await redeliver(api, {"jobid": job_id})
        callback = await settled(api, job_id)

    assert answer.body["redelivered"] == 1
    assert [attempt["status"] for attempt in callback["attempts"]] == [410, 200]


async def test_a_job_without_callbacks_has_none_to_send_again(api: Client) -> None:
    unanswered = (await api.create("a #moderated cat")).body["jobid"]
    async with receiving() as receiver:
        running = await told(api, receiver.url, "a cat #slow=30")
        answers = [await redeliver(api, {"jobid": job_id}) for job_id in (unanswered, running)]

    assert [(answer.status, answer.body["redelivered"]) for answer in answers] == [(200, 0), (200, 0)]
    assert receiver.posts == []


async def test_an_unknown_job_is_not_found(api: Client) -> None:
    answer = await redeliver(api, {"jobid": "nothing"})

    assert (answer.status, answer.body) == (404, {"error": "Unable to locate job nothing", "code": 404})


async def test_an_expired_job_has_expired_for_its_callbacks_too(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    clock = MovedClock()
    async with bridge_on(sandbox, tmp_path, clock, jobs={"keep_days": 2}) as bridge, receiving() as receiver:
        api = client_of(bridge, http)
        job_id = await told(api, receiver.url)
        await settled(api, job_id)
        await clock.advance(2 * DAY_S + 60)
        await until_expired(api, job_id)

        answer = await redeliver(api, {"jobid": job_id})

    assert (answer.status, answer.body) == (410, {"error": "Job has expired", "code": 410})
    assert len(receiver.posts) == 1


async def until_expired(api: Api, job_id: str) -> None:
    """Return when the bridge has tidied up."""
    async with asyncio.timeout(30):
        while (await api.get(f"/v1/pixverse/jobs/?jobid={job_id}")).status != 410:
            pass


@pytest.mark.parametrize("body", [{}, {"jobid": ""}, {"jobid": "null"}])
async def test_sending_again_needs_a_job(api: Client, body: Any) -> None:
    answer = await redeliver(api, body)

    assert (answer.status, answer.body["error"]) == (400, "Required param jobid is missing or empty")


async def test_a_receiver_that_fails_for_an_hour_is_told_within_its_schedule(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    clock = MovedClock()
    async with (
        bridge_on(sandbox, tmp_path, clock, jobs={"pace_s": 0}) as bridge,
        receiving(status(500)) as receiver,
        receiving() as healthy,
    ):
        api = client_of(bridge, http)

        async def pass_s(seconds: float) -> None:
            """Let time pass, also for a sender that was looking just then: it sleeps by real time."""
            await clock.advance(seconds)
            bridge.foundation.notifier.notify("deliveries")

        job_id = await told(api, receiver.url)
        for attempts in range(1, 6):
            await receiver.got(attempts)
            await until_tried(api, job_id, attempts)
            pause_s = (5, 30, 120, 600, 1_800)[attempts - 1] * 1.2
            await told(api, healthy.url, f"a #moderated cat {attempts}")
            await healthy.got(attempts)
            await pass_s(pause_s)
        await receiver.got(6)
        await until_tried(api, job_id, 6)
        receiver.answer = status(200)
        await pass_s(7_200 * 1.2)
        callback = await settled(api, job_id)

    assert [attempt["status"] for attempt in callback["attempts"]] == [500] * 6 + [200]
    assert len({post.id for post in receiver.posts}) == 1
    assert {json.dumps(post.job) for post in receiver.posts} == {json.dumps(receiver.posts[0].job)}


async def until_tried(api: Client, job_id: str, attempts: int) -> None:
    """Return when so many attempts are kept."""
    with api.bridge.foundation.notifier.subscribe("callbacks") as subscription:
        async with asyncio.timeout(30):
            while len((await listed(api, jobid=job_id)).body["callbacks"][0]["attempts"]) < attempts:
                await subscription.wait(1)


async def test_a_callback_that_is_given_up_is_in_the_health_until_it_is_sent_again(api: Client) -> None:
    before = (await api.get("/v1/pixverse/health")).body
    async with receiving(status(410)) as receiver:
        job_id = await told(api, receiver.url, "a #moderated cat")
        await settled(api, job_id, "given_up")

        after = (await api.get("/v1/pixverse/health")).body

        receiver.answer = status(200)
        await redeliver(api, {"jobid": job_id})
        await settled(api, job_id)
        again = (await api.get("/v1/pixverse/health")).body

    found = after["callbacksGivenUp"]
    assert (found["count"], found["newest"]["jobid"]) == (1, job_id)
    assert found["newest"]["receiver"] == f"127.0.0.1:{receiver.port}"
    assert "callbacksGivenUp" not in before
    assert "callbacksGivenUp" not in again
