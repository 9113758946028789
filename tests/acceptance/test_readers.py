"""Readers of the stream that come and go, that do not read, and that only ask for the head."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from bridge.api import events
from bridge.api.http import stream
from bridge.app.bridge import RunningBridge
from bridge.flows.step import Moved, Now, notify_of, take_step
from bridge.flows.submit.draft import insert_job
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import Job, Said
from bridge.jobs.signals import Claimed, Finished, Progressed, Started
from bridge.store.database import Tx
from bridge.store.rows.accounts import listed
from tests.tools.rows import TENANT
from tests.tools.world import LIMIT_S, Api

JOBS = 200
JSON = {"Accept": "application/json"}
READERS = 8


def new_job(number: int, account: int, text: str = "") -> Job:
    now_ms = 1_700_000_000_000 + number
    return Job(
        id=f"job-{number}",
        tenant="default",
        account=account,
        server="1",
        channel="2",
        discord="ABC…secured…xyz",
        command=Command(verb=Verb.CREATE, prompt=f"cat {number}", style="Realistic"),
        created_ms=now_ms,
        updated_ms=now_ms,
        heard_ms=now_ms,
        fingerprint=str(number),
        reply_ref=text or None,
    )


STEPS = (Claimed(), Started(Said("1")), Progressed(Said("1", "50 %")), Finished(Said("2")))


async def run_through(bridge: RunningBridge, job: Job) -> None:
    """Let a job go all its way, each step in a transaction of its own, as the flows do it."""
    database = bridge.foundation.database
    current = (await database.write(lambda tx: insert_job(tx, job))).job
    for signal in STEPS:
        moved = await database.write(stepping(current, signal))
        notify_of(bridge.foundation.notifier, [moved])
        current = moved.job


def beginning(jobs: list[Job]) -> Callable[[Tx], list[Job]]:
    return lambda tx: [insert_job(tx, job).job for job in jobs]


def stepping(job: Job, signal: Any) -> Callable[[Tx], Moved]:
    return lambda tx: take_step(tx, job, signal, Now(job.updated_ms + 1)) or Moved(job, job)


async def an_account(bridge: RunningBridge) -> int:
    return (await bridge.foundation.database.read(listed))[0].account


@pytest.mark.thorough
async def test_readers_that_come_back_at_random_see_everything_once_and_in_order(
    api: Api, bridge: RunningBridge
) -> None:
    account, chance = await an_account(bridge), random.Random(7)
    readers = [asyncio.create_task(whole_log(api, random.Random(n))) for n in range(READERS)]

    jobs = [new_job(number, account) for number in range(JOBS)]
    chance.shuffle(jobs)
    for start in range(0, JOBS, 20):
        await asyncio.gather(*(run_through(bridge, job) for job in jobs[start : start + 20]))
    seen = await asyncio.gather(*readers)

    assert seen[0] == list(range(seen[0][0], seen[0][0] + len(seen[0])))
    assert len(seen[0]) == JOBS * 4
    assert all(one == seen[0] for one in seen)


async def whole_log(api: Api, chance: random.Random) -> list[int]:
    """Read the log, coming back again and again where one was, until all jobs have ended."""
    seen: list[int] = []
    ended = 0
    while ended < JOBS:
        left = chance.randint(1, 60)
        async for event in api.events(position=seen[-1] if seen else 0):
            seen.append(int(event["id"]))
            ended += event["data"]["status"] == "completed"
            left -= 1
            if ended == JOBS or not left:
                break
    return seen


@pytest.fixture
async def deaf(api: Api) -> AsyncIterator[socket.socket]:
    """A client that asks for the stream and never reads."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.setblocking(False)
    host, _, port = api.url.removeprefix("http://").partition(":")
    await asyncio.get_running_loop().sock_connect(deaf, (host, int(port)))
    head = f"GET /v1/pixverse/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\n\r\n"
    await asyncio.get_running_loop().sock_sendall(deaf, head.encode())
    yield deaf
    deaf.close()


@pytest.mark.thorough
async def test_a_reader_that_does_not_read_is_let_go_and_holds_little(
    api: Api, bridge: RunningBridge, deaf: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "WRITE_S", 0.5)
    account = await an_account(bridge)
    (reader,) = await readers_of(bridge, 1)
    start, most = await newest_of(api), 0

    for first in range(0, 6_000, 500):
        jobs = [new_job(number, account, "x" * 1000) for number in range(first, first + 500)]
        await bridge.foundation.database.write(beginning(jobs))
        bridge.foundation.notifier.notify("events")
        most = max(most, reader.queue.qsize())
    gone = await readers_of(bridge, 0)
    page = await api.get(f"/v1/pixverse/events?last_event_id={start + 5_999}", headers=JSON)

    assert gone == []
    assert most <= 1_001
    assert page.body["events"][-1]["id"] == start + 6_000
    await until_cut(deaf)


async def newest_of(api: Api) -> int:
    newest: int = (await api.get("/v1/pixverse/events", headers=JSON)).body["next"]
    return newest


async def readers_of(bridge: RunningBridge, count: int) -> list[Any]:
    """Return the readers of the feed as soon as there are so many."""
    async with asyncio.timeout(LIMIT_S):
        while len(bridge.feed._readers[TENANT]) != count:
            await asyncio.to_thread(lambda: None)
    return list(bridge.feed._readers[TENANT])


async def until_cut(deaf: socket.socket) -> None:
    """Read what is left, up to the end of the connection."""
    with suppress(ConnectionError):
        async with asyncio.timeout(LIMIT_S):
            while await asyncio.get_running_loop().sock_recv(deaf, 65_536):
                continue


async def test_the_head_of_the_stream_ends_and_the_connection_is_good_for_more(api: Api) -> None:
    host, _, port = api.url.removeprefix("http://").partition(":")
    reading, writing = await asyncio.open_connection(host, int(port))
    head = f" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\n\r\n"

    async with asyncio.timeout(LIMIT_S):
        writing.write(f"HEAD /v1/pixverse/events{head}".encode())
        first = await reading.readuntil(b"\r\n\r\n")
        writing.write(f"GET /v1/pixverse/jobs{head}".encode())
        second = await reading.readuntil(b"\r\n\r\n")
        body = await reading.readexactly(3)
    writing.close()

    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"text/event-stream" in first
    assert second.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body == b"[]\n"


async def test_a_quiet_stream_keeps_its_place_with_a_bare_id(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.05)
    start = await newest_of(api)
    answer = await api.create("a cat #slow=0.1")
    await api.ended(answer.body["jobid"])
    newest = await newest_of(api)

    headers = {"Authorization": f"Bearer {api.token}", "Last-Event-ID": "0"}
    async with api.http.get(f"{api.url}/v1/pixverse/events?jobid=none", headers=headers) as response:
        blocks = [await response.content.readuntil(b"\n\n") for _ in range(4)]

    assert blocks[:2] == [b"retry: 2000\n\n", b"id: %d\n\n" % start]
    assert blocks[2:] == [b"id: %d\n\n" % newest] * 2


async def test_a_filtered_stream_keeps_its_place_also_while_much_happens_that_is_not_meant_for_it(
    api: Api, bridge: RunningBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.3)
    account = await an_account(bridge)
    headers = {"Authorization": f"Bearer {api.token}"}

    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as tasks:
        busy = tasks.create_task(never_quiet(bridge, account))
        async with api.http.get(f"{api.url}/v1/pixverse/events?jobid=none", headers=headers) as response:
            await response.content.readuntil(b"\n\n")
            places = [await next_place(response)]
            while len(set(places)) < 3:
                places.append(await next_place(response))
        busy.cancel()

    assert places == sorted(places)


async def next_place(response: aiohttp.ClientResponse) -> int:
    return int((await response.content.readuntil(b"\n\n")).removeprefix(b"id: "))


async def never_quiet(bridge: RunningBridge, account: int) -> None:
    number = 0
    while True:
        number += 1
        await run_through(bridge, new_job(number, account))


async def test_a_page_that_finds_little_moves_on_without_looking_through_the_whole_log(
    api: Api, bridge: RunningBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PAGES", 1)
    account, start = await an_account(bridge), await newest_of(api)
    await bridge.foundation.database.write(beginning([new_job(number, account) for number in range(450)]))
    seen, place = [start], -1

    while seen[-1] != place:
        place = seen[-1]
        page = await api.get(f"/v1/pixverse/events?jobid=none&last_event_id={place}", headers=JSON)
        seen.append(page.body["next"])

    assert [place - start for place in seen] == [0, 200, 400, 450, 450]


async def test_an_event_that_cannot_be_encoded_is_the_only_one_that_is_missed(
    api: Api, bridge: RunningBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = bridge.feed._encode

    def failing(job: Job) -> bytes:
        if job.id == "job-1":
            raise ValueError("it cannot be encoded")
        return encode(job)

    monkeypatch.setattr(bridge.feed, "_encode", failing)
    account = await an_account(bridge)
    headers = {"Authorization": f"Bearer {api.token}"}

    async with asyncio.timeout(LIMIT_S):
        async with api.http.get(f"{api.url}/v1/pixverse/events", headers=headers) as response:
            await response.content.readuntil(b"\n\n")
            await bridge.foundation.database.write(beginning([new_job(n, account) for n in (1, 2)]))
            bridge.foundation.notifier.notify("events")
            blocks = [await response.content.readuntil(b"\n\n") for _ in range(2)]

    assert b"job-2" in blocks[1]


async def test_what_is_no_http_is_one_line_in_the_log(
    api: Api, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    host, _, port = api.url.removeprefix("http://").partition(":")
    bad_header = f"GET / HTTP/1.1\r\nBad Header\x00: {api.token}\r\n\r\n"
    for nonsense in (bad_header, "\x16\x03\x01 nonsense\r\n\r\n"):
        reading, writing = await asyncio.open_connection(host, int(port))
        writing.write(nonsense.encode())
        await reading.read()
        writing.close()

    records = [record for record in caplog.records if record.name.startswith(("bridge.api.http", "aiohttp"))]
    assert records
    assert all(record.levelname in ("WARNING", "DEBUG") and not record.exc_info for record in records)
    assert not any(api.token in record.getMessage() for record in records)
    assert "Traceback" not in capsys.readouterr().err
