"""A job whose row cannot be read: who asks for it is told so, and all else goes on."""

from pathlib import Path

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from tests.tools.world import Api, bridge_on


async def damage(bridge: RunningBridge, job_id: str) -> None:
    await bridge.foundation.database.write(
        lambda tx: tx.run("UPDATE jobs SET body = '{' WHERE id = :id", id=job_id)
    )


@pytest.mark.parametrize("path", ["jobs", "jobs/", "jobs/cancel", "button"])
async def test_who_asks_for_it_is_told(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, path: str
) -> None:
    async with bridge_on(sandbox, tmp_path) as bridge:
        api = Api(bridge.url, http)
        job_id = (await api.create("a cat #slow=30")).body["jobid"]
        await damage(bridge, job_id)

        if path == "button":
            answer = await api.call("POST", "/v1/pixverse/button", json={"jobid": job_id, "button": "U1"})
        else:
            answer = await api.get(f"/v1/pixverse/{path}", params={"jobid": job_id})

    assert (answer.status, answer.body["code"]) == (500, 500)
    assert answer.body["error"] == f"Job {job_id} cannot be read"
    assert "newer version" in answer.body["errorDetails"]


async def test_the_history_leaves_it_out_and_others_are_made(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with bridge_on(sandbox, tmp_path, jobs={"pace_s": 0}) as bridge:
        api = Api(bridge.url, http)
        damaged = (await api.create("two robots #slow=30")).body["jobid"]
        await damage(bridge, damaged)

        answer = await api.create("a cat")
        ended = await api.ended(answer.body["jobid"])
        history = await api.get("/v1/pixverse/jobs/history")
        executing = await api.get("/v1/pixverse/jobs")

    assert (answer.status, ended["status"]) == (200, "completed")
    assert [record["jobid"] for record in history.body["jobs"]] == [answer.body["jobid"]]
    assert executing.body == [damaged]
