"""While a job is waited for, the agent's program hears that it goes on."""

import asyncio

import pytest

from bridge.client import Client
from bridge.mcp import waiting
from bridge.mcp.waiting import watched
from tests.client.scripted import DONE, JOB, answer, scripted, stream


async def test_something_is_told_also_while_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "BEAT_S", 0.01)
    told: list[tuple[float, str | None]] = []
    heard = asyncio.Event()

    async with scripted() as server, Client(server.url, "t") as client:
        server.will_answer("/v1/pixverse/jobs/", answer(JOB))
        server.will_answer("/v1/pixverse/events", stream())

        async def report(number: float, _total: float | None, message: str | None) -> None:
            told.append((number, message))
            if len(told) == 5:
                server.will_answer("/v1/pixverse/jobs/", answer(DONE))
                heard.set()

        job = await watched(client, JOB["jobid"], 30, report)

    assert heard.is_set()
    assert job.status == "completed"
    assert [number for number, _ in told] == list(range(1, len(told) + 1))
    assert (told[-1][1] or "").startswith("completed")
