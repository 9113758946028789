"""The queue and the guard rails as a client sees them."""

from pathlib import Path
from typing import Any

import aiohttp

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from tests.tools.world import Answer, Api, Discord, bridge_on

ASYNC = {"Prefer": "wait=5, Respond-Async"}


async def ordered(api: Api, prompt: str, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
    body = {"prompt": prompt, "style": "Realistic", "maxJobs": 1, **fields}
    return await api.call("POST", "/v1/pixverse/create", json=body, headers=headers or {})


async def test_a_job_that_is_asked_to_wait_waits_and_goes_out_when_a_slot_is_free(api: Api) -> None:
    running = (await ordered(api, "a cat #slow=30")).body["jobid"]
    refused = await ordered(api, "a dog")
    waiting = await ordered(api, "a dog", ASYNC)
    urgent = (await ordered(api, "a fox", ASYNC, priority=9)).body["jobid"]
    job = await api.job(waiting.body["jobid"])

    await api.get(f"/v1/pixverse/jobs/cancel/?jobid={running}")
    first, second = await api.ended(urgent), await api.ended(waiting.body["jobid"])

    assert (refused.status, refused.body["executingJobs"]) == (429, [running])
    assert (waiting.status, waiting.headers["Preference-Applied"]) == (200, "respond-async")
    assert (waiting.body["status"], waiting.body["position"], waiting.body["channel"]) == ("created", 1, "")
    assert (job["position"], job["waitingFor"]["reason"], job["waitingFor"]["position"]) == (2, "queue", 2)
    assert (first["status"], second["status"]) == ("completed", "completed")
    assert first["updated"] < second["updated"]
    assert "position" not in second


async def test_jobs_that_wait_are_still_there_after_a_restart(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    more: dict[str, Any] = {"jobs": {"queue": 5, "patience_s": 0.2, "pace_s": 0}}
    async with bridge_on(sandbox, tmp_path, **more) as bridge:
        api = Api(bridge.url, http)
        running = (await ordered(api, "a cat #slow=30")).body["jobid"]
        waiting = (await ordered(api, "a dog")).body["jobid"]
    async with bridge_on(sandbox, tmp_path, **more) as bridge:
        api = Api(bridge.url, http)
        kept = await api.job(waiting)
        await api.get(f"/v1/pixverse/jobs/cancel/?jobid={running}")
        ended = await api.ended(waiting)

    assert kept["position"] == 1
    assert ended["status"] == "completed"


async def test_an_account_with_guard_rails_shows_them_keeps_them_and_says_when_it_opens(
    api: Api, bridge: RunningBridge, discord: Discord
) -> None:
    path = f"/v1/pixverse/account/{discord.world['channel_id']}"
    bare = (await api.get(path)).body
    rails = {"maxPerDay": 1, "labels": "studio,quick", "pace_s": 0.5, "weight": 3}
    done = await api.call("POST", path, json={**bare, **rails})
    refused = await api.call("POST", path, json={**bare, "quietHours": "22:00"})

    await api.call("POST", path, json=bare)
    shown = (await api.get(path)).body
    unlabelled = await api.call(
        "POST", "/v1/pixverse/create?labels=slow", json={"prompt": "a cat", "style": "Anime"}
    )
    first, second = await api.create("a cat", labels="studio"), await api.create("a dog")
    [health] = (await api.get("/v1/pixverse/health")).body["accounts"]

    assert (done.status, refused.status) == (204, 400)
    assert refused.body["error"] == "quietHours must be like 22:00-07:00 Europe/Berlin"
    assert shown == {**bare, **rails, "labels": "quick,studio"}
    assert (unlabelled.status, unlabelled.body["error"]) == (400, "No account has the labels slow")
    assert (first.status, second.status) == (200, 429)
    assert second.body["errorDetails"].endswith("it has had 1 of 1 jobs today.")
    assert int(second.headers["Retry-After"]) > 0
    assert health["guardRails"] | {"opens": ""} == {
        "maxPerDay": 1,
        "usedToday": 1,
        "pace_s": 0.5,
        "labels": "quick,studio",
        "weight": 3,
        "opens": "",
    }
