"""Reads of the API that take too long or are too many: 503, and neither sending nor intake waits for them."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from bridge.store.database import Tx
from bridge.store.sqlite import sqlite
from bridge.store.sqlite.reader import READS_WAITING
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.acceptance.moved_time import MovedClock, Time
from tests.tools.world import LIMIT_S, Answer, Api, Discord, Receiver, bridge_on

UNAVAILABLE: Final = {"error": "The database is not available", "code": 503}
NEARLY_A_DAY_S: Final = 23.5 * 3600
READS: Final = ("account/1", "jobs", "jobs/?jobid=1", "jobs/history", "callbacks", "events", "health")


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def bridge(sandbox: Sandbox, tmp_path: Path, clock: MovedClock) -> AsyncIterator[RunningBridge]:
    async with bridge_on(sandbox, tmp_path, clock, jobs={"patience_s": 0.2, "pace_s": 0}) as bridge:
        yield bridge


@pytest.fixture
async def held(api: Api, discord: Discord, receiver: Receiver) -> str:
    """A job whose video is not heard of before Discord has healed."""
    await discord.fault("hold_events")
    return str((await api.create("a cat", replyUrl=receiver.url)).body["jobid"])


@asynccontextmanager
async def occupied(bridge: RunningBridge) -> AsyncIterator[None]:
    """Let a read stand before all others of the API meanwhile."""
    has_begun, may_end = threading.Event(), threading.Event()

    def slow(_: Tx) -> None:
        has_begun.set()
        may_end.wait(3 * LIMIT_S)

    database = bridge.foundation.database
    assert isinstance(database, SqliteDatabase)
    standing = asyncio.create_task(database.outside.read(slow))
    await asyncio.to_thread(has_begun.wait, 30)
    try:
        yield
    finally:
        may_end.set()
        await asyncio.wait({standing})


async def read_all(api: Api) -> list[Answer]:
    return [await api.get(f"/v1/pixverse/{path}") for path in READS]


def assert_refused(answers: list[Answer]) -> None:
    assert [(answer.status, answer.body) for answer in answers] == [(503, UNAVAILABLE)] * len(READS)
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)


async def test_reads_that_take_too_long_are_answered_503(
    api: Api, bridge: RunningBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "QUERY_S", 0.05)

    async with occupied(bridge):
        answers = await read_all(api)

    assert_refused(answers)


async def test_reads_that_are_too_many_are_answered_503_at_once(api: Api, bridge: RunningBridge) -> None:
    query = bridge.foundation.database.query

    async with occupied(bridge):
        waiting = [asyncio.create_task(query(lambda _: 1)) for _ in range(READS_WAITING - 1)]
        with capture_logs() as lines:
            answers = await read_all(api)
    await asyncio.wait(waiting)

    assert_refused(answers)
    reasons = [line["reason"] for line in lines if line["event"] == "request_was_refused"]
    assert reasons == ["too many reads are waiting"] * len(READS)


async def test_jobs_are_taken_sent_heard_and_told_while_no_read_of_the_api_is_answered(
    api: Api,
    bridge: RunningBridge,
    discord: Discord,
    receiver: Receiver,
    held: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sqlite, "QUERY_S", 0.05)

    async with occupied(bridge):
        other = await api.create("a dog", replyUrl=receiver.url)
        await discord.heal()
        told = [(await receiver.next())["job"] for _ in range(2)]

    assert (other.status, other.body["status"]) == (200, "created")
    assert {job["jobid"]: job["status"] for job in told} == {
        held: "completed",
        other.body["jobid"]: "completed",
    }


async def test_a_callback_renews_its_links_while_no_read_of_the_api_is_answered(
    api: Api, bridge: RunningBridge, clock: MovedClock, discord: Discord, receiver: Receiver
) -> None:
    job_id = (await api.create("a cat", replyUrl=receiver.url)).body["jobid"]
    first = await receiver.next()
    await Time(clock, discord).passes(NEARLY_A_DAY_S)

    async with occupied(bridge):
        await api.call("POST", "/v1/pixverse/callbacks/redeliver", json={"jobid": job_id})
        again = await receiver.next()

    assert (first["job"]["jobid"], again["job"]["jobid"]) == (job_id, job_id)
    assert links(again) != links(first)


def links(callback: Any) -> list[str]:
    return [file["url"] for file in callback["job"]["attachments"]]
