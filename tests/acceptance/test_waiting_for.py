"""A job that has not been sent says what it waits for."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.sandbox import Sandbox
from tests.tools.world import Api, bridge_on


async def test_a_look_alike_names_the_job_that_it_waits_for_until_it_is_sent(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with bridge_on(sandbox, tmp_path, jobs={"pace_s": 0, "patience_s": 0.3}) as bridge:
        api = Api(bridge.url, http)
        first = (await api.create("a cat #slow=2 #plain", negative_prompt="rain")).body["jobid"]
        answer = await api.create("a cat #slow=2 #plain", negative_prompt="snow")
        read = await api.job(answer.body["jobid"])

        ended = await api.ended(first)
        sent = await begun(api, answer.body["jobid"])

    assert answer.body["status"] == read["status"] == "created"
    assert answer.body["waitingFor"] == read["waitingFor"] == {"reason": "look_alike", "jobid": first}
    assert ended["status"] == "completed"
    assert "waitingFor" not in sent


async def begun(api: Api, job_id: str) -> Any:
    """Return the record of a job when the bot has begun with it."""
    async for record in api.records(job_id=job_id, position=0):
        if record["status"] != "created":
            return await api.job(job_id)
    raise AssertionError("the stream ended")


async def test_the_pace_is_told_with_the_time_of_the_next_send(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with bridge_on(sandbox, tmp_path, jobs={"pace_s": 60, "patience_s": 0.3}) as bridge:
        api = Api(bridge.url, http)
        await api.create("a cat #slow=30")

        answer = await api.create("a dog")

    wait = answer.body["waitingFor"]
    assert (answer.status, wait["reason"]) == (200, "pace")
    assert wait["until"] > answer.body["created"]


async def test_an_accepted_job_is_answered_though_an_error_hides_what_it_waits_for(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always(*_: object) -> None:
        raise LookupError("a case that nobody thought of")

    monkeypatch.setattr("bridge.flows.submit.waiting.wait_of", always)
    async with bridge_on(sandbox, tmp_path, jobs={"pace_s": 60, "patience_s": 0.3}) as bridge:
        api = Api(bridge.url, http)
        await api.create("a cat #slow=30")

        answer = await api.create("a dog")
        read = await api.get(f"/v1/pixverse/jobs/?jobid={answer.body.get('jobid')}")

    assert (answer.status, answer.body["status"]) == (200, "created")
    assert (read.status, read.body["status"]) == (200, "created")
    assert "waitingFor" not in {**answer.body, **read.body}
