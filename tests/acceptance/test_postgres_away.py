"""PostgreSQL is cut off, restarted, or fails over while the bridge works: nothing is lost, and it goes on."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from bridge.sandbox import Sandbox
from tests.tools.postgres import cluster, standby_of
from tests.tools.wire import wire_to
from tests.tools.world import Answer, Api, Discord, Receiver, bridge_on

MACHINES: Final = pytest.mark.machines
FAST, IMMEDIATE, KILLED = signal.SIGINT, signal.SIGQUIT, signal.SIGKILL


async def test_while_the_database_is_away_submits_are_refused_and_jobs_wait(
    sandbox: Sandbox,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    receiver: Receiver,
    discord: Discord,
    postgres_url: str,
) -> None:
    async with wire_to(postgres_url) as wire, bridge_on(sandbox, tmp_path, database=wire.url) as bridge:
        api = Api(bridge.url, http)
        running = await api.create("a cat #slow=1", replyUrl=receiver.url)
        wire.cut()

        async with asyncio.timeout(30):
            refused = await api.create("a dog")
        await until_made(discord, "a cat")
        wire.mend()
        taken = await accepted(api, "a bird")
        records = [await api.ended(answer.body["jobid"]) for answer in (running, taken)]
        callback = await receiver.next()

    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    assert [record["status"] for record in records] == ["completed"] * 2
    assert callback["job"]["jobid"] == running.body["jobid"]
    assert [await discord.runs_of(prompt) for prompt in ("a cat", "a dog", "a bird")] == [1, 0, 1]


@MACHINES
@pytest.mark.parametrize("how", [FAST, IMMEDIATE, KILLED])
async def test_a_restart_of_the_database_under_load_loses_nothing(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, receiver: Receiver, how: signal.Signals
) -> None:
    with cluster() as server:
        async with bridge_on(sandbox, tmp_path, database=server.url) as bridge:
            api = Api(bridge.url, http)
            async with submitting(api, receiver.url) as submitted:
                await until(lambda: len(submitted) >= 3)
                await asyncio.to_thread(server.stop, how)
                server.start()
                count = len(submitted)
                await until(lambda: len(submitted) >= count + 3)
            records = [await api.ended(job) for job in submitted]
            await told(receiver, submitted)

    assert {record["status"] for record in records} == {"completed"}


@MACHINES
async def test_a_failover_under_load_loses_nothing(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, receiver: Receiver
) -> None:
    with cluster() as primary, standby_of(primary) as standby:
        url = f"postgresql://bridge@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/postgres"
        async with bridge_on(sandbox, tmp_path, database=url) as bridge:
            api = Api(bridge.url, http)
            async with submitting(api, receiver.url) as submitted:
                await until(lambda: len(submitted) >= 3)
                await asyncio.to_thread(primary.stop, KILLED)
                await asyncio.to_thread(standby.promote)
                count = len(submitted)
                await until(lambda: len(submitted) >= count + 3)
            records = [await api.ended(job) for job in submitted]
            await told(receiver, submitted)

    assert {record["status"] for record in records} == {"completed"}


@asynccontextmanager
async def submitting(api: Api, reply_url: str) -> AsyncIterator[list[str]]:
    """Submit one job after another, and give the ids of those that were accepted."""
    jobs: list[str] = []
    is_over = asyncio.Event()

    async def submit() -> None:
        while not is_over.is_set():
            answer = await api.create(f"number {len(jobs)}", replyUrl=reply_url)
            assert answer.status in (200, 429, 503), answer.body
            if answer.status == 200:
                jobs.append(answer.body["jobid"])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(submit())
        yield jobs
        is_over.set()


async def told(receiver: Receiver, jobs: list[str]) -> None:
    """Return when the callbacks of all jobs have arrived."""
    owed = set(jobs)
    while owed:
        owed.discard((await receiver.next())["job"]["jobid"])


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.to_thread(lambda: None)


async def until_made(discord: Discord, prompt: str) -> None:
    """Return when Discord has run a command."""
    async with asyncio.timeout(30):
        while not await discord.runs_of(prompt):
            pass


async def accepted(api: Api, prompt: str) -> Answer:
    """Submit until that is accepted."""
    async with asyncio.timeout(30):
        while (answer := await api.create(prompt)).status == 503:
            pass
    assert answer.status == 200
    return answer
