"""A job is waited for, and the stream read, through everything that can come between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bridge.app.bridge import RunningBridge
from bridge.client import AnotherServer, Client, ClientError, Event, ServerError, Unauthorized, Unreachable
from bridge.sandbox import Sandbox
from tests.client.scripted import CUT, DONE, JOB, Reply, Scripted, answer, scripted, stream
from tests.tools.access import TOKEN
from tests.tools.processes import bridge_process, simulator
from tests.tools.relay import Relay
from tests.tools.world import bridge_on

JOB_PATH, EVENTS = "/v1/pixverse/jobs/", "/v1/pixverse/events"
LIMIT_S = 30.0


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as server:
        yield server


@asynccontextmanager
async def relayed(bridge: RunningBridge) -> AsyncIterator[Relay]:
    host, port = bridge.url.removeprefix("http://").split(":")
    relay = Relay(host, int(port))
    async with await asyncio.start_server(relay.serve, "127.0.0.1", 0) as listening:
        relay.port = listening.sockets[0].getsockname()[1]
        yield relay
        await relay.end()


async def test_a_wait_goes_on_through_a_restart_of_the_bridge(sandbox: Sandbox, tmp_path: Path) -> None:
    async with bridge_on(sandbox, tmp_path) as bridge:
        port = int(bridge.url.rpartition(":")[2])
        client = Client(bridge.url, TOKEN)
        job = await client.create("a cat #slow=1", style="Realistic")
        waiting = asyncio.create_task(client.wait(job, timeout_s=LIMIT_S))
        await asyncio.sleep(0)

    async with bridge_on(sandbox, tmp_path, server={"port": port}), client:
        ended = await waiting

    assert ended.status == "completed"
    assert len(ended.attachments) == 4


async def test_who_follows_is_told_that_the_bridge_is_away_and_why(server: Scripted) -> None:
    server.will_answer(JOB_PATH, answer(JOB), answer(DONE))
    server.will_answer(EVENTS, Reply(502, "<html>Bad gateway"), Reply(404, "404 page not found"), stream())
    told: list[ClientError] = []

    async with Client(server.url, "token") as client:
        statuses = [job.status async for job in client.follow(str(JOB["jobid"]), told.append)]

    assert statuses == ["started", "completed"]
    assert [type(error) for error in told] == [ServerError, AnotherServer]


@pytest.mark.thorough
async def test_a_wait_goes_on_when_the_bridge_is_killed_and_started_again(tmp_path: Path) -> None:
    async with simulator(tmp_path / "discord", video_seconds=2.0) as discord:
        world, folder = discord.facts["discord"], tmp_path / "bridge"
        async with bridge_process(folder, world) as first:
            client = Client(first.facts["url"], TOKEN)
            job = await client.create("a cat", style="Realistic")
            waiting = asyncio.create_task(client.wait(job, timeout_s=LIMIT_S))
            await client.jobs()
            await first.kill()
        port = first.facts["url"].rpartition(":")[2]

        async with bridge_process(folder, world, BRIDGE_SERVER__PORT=port), client:
            ended = await waiting

    assert ended.status == "completed"


async def test_no_event_is_lost_and_none_comes_twice_when_the_network_is_cut(
    bridge: RunningBridge, client: Client
) -> None:
    async with relayed(bridge) as relay, Client(f"http://127.0.0.1:{relay.port}", TOKEN) as far:
        seen: list[Event] = []
        events = far.events(after=0)
        await client.wait(await client.create("a first cat", style="Realistic"))
        seen += [await anext(events)]
        relay.cut()
        second = await client.wait(await client.create("a second cat", style="Realistic"))
        relay.mend()
        async with asyncio.timeout(LIMIT_S):
            while seen[-1].job is None or (seen[-1].job.id, seen[-1].job.status) != (second.id, "completed"):
                seen.append(await anext(events))

    async with asyncio.timeout(LIMIT_S):
        straight = client.events(after=0)
        assert [event.id for event in seen] == [(await anext(straight)).id for _ in seen]


async def test_a_job_whose_end_was_deleted_from_the_log_is_asked_for(server: Scripted) -> None:
    server.will_answer(JOB_PATH, answer(JOB), answer(JOB), answer(DONE))
    server.will_answer(EVENTS, stream("id: 5", 'event: reset\nid: 9\ndata: {"position": 9}'), CUT)

    async with Client(server.url, "token") as client:
        ended = await client.wait(str(JOB["jobid"]), timeout_s=LIMIT_S)

    assert ended.status == "completed"
    assert [asked.path for asked in server.asked].count(EVENTS) == 1


async def test_an_end_between_the_question_and_the_stream_is_not_missed(server: Scripted) -> None:
    server.will_answer(JOB_PATH, answer(JOB), answer(DONE))
    server.will_answer(EVENTS, stream("id: 5"))

    async with Client(server.url, "token") as client:
        assert (await client.wait(str(JOB["jobid"]), timeout_s=LIMIT_S)).is_ended

    assert [asked.path for asked in server.asked] == [JOB_PATH, EVENTS, JOB_PATH]


async def test_a_token_that_may_open_no_further_stream_waits_all_the_same(server: Scripted) -> None:
    server.will_answer(JOB_PATH, answer(JOB), answer(JOB), answer(DONE))
    server.will_answer(EVENTS, answer({"error": "Quota exceeded"}, 429, Retry_After="10"))

    async with Client(server.url, "token") as client:
        assert (await client.wait(str(JOB["jobid"]), timeout_s=LIMIT_S)).is_ended


async def test_a_wait_ends_when_the_token_is_revoked(server: Scripted) -> None:
    server.will_answer(JOB_PATH, answer(JOB), answer({"error": "Unauthorized"}, 401))
    server.will_answer(EVENTS, stream("id: 5"))

    async with Client(server.url, "token") as client:
        with pytest.raises(Unauthorized):
            await client.wait(str(JOB["jobid"]), timeout_s=LIMIT_S)


async def test_a_wait_ends_when_the_bridge_itself_says_that_the_job_cannot_be_read(server: Scripted) -> None:
    damaged = answer({"error": "Job 1 cannot be read"}, 500)
    server.will_answer(JOB_PATH, answer(JOB), damaged)
    server.will_answer(EVENTS, stream("id: 5"))

    async with Client(server.url, "token") as client:
        with pytest.raises(ServerError):
            await client.wait(str(JOB["jobid"]), timeout_s=LIMIT_S)


async def test_a_stream_of_something_else_is_told(server: Scripted) -> None:
    server.will_answer(EVENTS, stream("data: tick"))

    async with Client(server.url, "token") as client:
        with pytest.raises(Unreachable, match="no bridge"):
            await anext(client.events(patience_s=0))


async def test_a_stream_that_cannot_be_opened_at_first_raises(server: Scripted) -> None:
    server.will_answer(EVENTS, CUT)

    async with Client(server.url, "token") as client:
        with pytest.raises(Unreachable):
            await anext(client.events())


async def test_a_stream_is_given_up_when_the_bridge_is_away_for_too_long(server: Scripted) -> None:
    server.will_answer(EVENTS, stream("id: 5"), Reply(503, "{}"))

    async with Client(server.url, "token") as client:
        with pytest.raises(ServerError):
            await anext(client.events(patience_s=0.3))

    assert server.asked[-1].headers["Last-Event-ID"] == "5"


async def test_what_is_no_job_is_told_by_its_type_and_odd_lines_are_skipped(server: Scripted) -> None:
    job = '{"jobid": "1",\r\ndata: "status": "started"}\r'
    server.will_answer(
        EVENTS,
        stream(
            ": a comment",
            "id: 5",
            f"id: 6\r\ndata: {job}",
            'event: account\ndata: {"channel": "2"}',
            'event: reset\nid: 9\ndata: {"position": 9}',
        ),
        Reply(503, "{}"),
    )

    async with Client(server.url, "token") as client:
        events = client.events(patience_s=0)
        seen = [await anext(events) for _ in range(3)]

    assert [(event.id, event.type) for event in seen] == [(6, "job"), (None, "account"), (9, "reset")]
    assert seen[0].job is not None
    assert [event.raw for event in seen[1:]] == [{"channel": "2"}, {"position": 9}]


async def test_a_change_is_followed_once_though_it_was_asked_for_and_streamed(server: Scripted) -> None:
    lines = [
        'id: 6\ndata: {"jobid": "1", "status": "started"}',
        'id: 7\ndata: {"jobid": "1", "status": "failed"}',
    ]
    server.will_answer(JOB_PATH, Reply(200, '{"jobid": "1", "status": "started"}'))
    server.will_answer(EVENTS, stream(*lines))

    async with Client(server.url, "token") as client:
        assert [job.status async for job in client.follow("1")] == ["started", "failed"]
