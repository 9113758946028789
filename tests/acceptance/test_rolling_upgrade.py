"""Bridges of two versions on one PostgreSQL: an old one is replaced by a new one, and the other way round."""

import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.sandbox import Sandbox
from bridge.store.postgres.migrations import migrations
from tests.tools.bridges import Bridge, Bridges, accounts_on, until_spread
from tests.tools.earlier_code import code_of_the_schema_before
from tests.tools.postgres import Server
from tests.tools.receivers import Receiver, receiving
from tests.tools.world import Discord

ACCOUNTS = 4
BEFORE, NEWEST = migrations()[-2:]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def bridges(
    sandbox: Sandbox, http: aiohttp.ClientSession, tmp_path: Path, postgres: Server
) -> AsyncIterator[Bridges]:
    with postgres.database() as url:
        settings = accounts_on(sandbox, url, ACCOUNTS)
        async with AsyncExitStack() as stack:
            yield Bridges(stack, tmp_path, sandbox, http, settings)


@pytest.fixture
def old_code(tmp_path: Path) -> Path:
    if NEWEST.oldest > BEFORE.number:
        pytest.skip(f"{NEWEST.name} says that it does not work with the code before")
    return code_of_the_schema_before(tmp_path / "code")


async def jobs_of(bridge: Bridge, receiver: Receiver, *prompts: str) -> Sequence[str]:
    """Submit jobs with a callback, and return their ids."""
    answers = [await bridge.api.create(prompt, replyUrl=receiver.url) for prompt in prompts]
    return [answer.body["jobid"] for answer in answers]


async def statuses(bridge: Bridge, jobs: Sequence[str]) -> set[Any]:
    return {(await bridge.api.ended(job))["status"] for job in jobs}


async def drain(bridge: Bridge) -> None:
    bridge.signal(signal.SIGTERM)
    assert await bridge.running.process.wait() == 0


@pytest.mark.machines
async def test_bridges_of_two_versions_share_a_database_and_the_old_one_can_come_back(
    bridges: Bridges, old_code: Path, discord: Discord, receiver: Receiver
) -> None:
    old = await bridges.start("old", old_code)
    await until_spread(old.api, alone=ACCOUNTS)
    assert NEWEST.name not in old.log.read_text()
    jobs = [*await jobs_of(old, receiver, "begun by old #slow=8")]

    new = await bridges.start("new")
    await until_spread(old.api, **{str(old.pid): 2, str(new.pid): 2})
    assert f'"file": "{NEWEST.name}"' in new.log.read_text()
    jobs += await jobs_of(old, receiver, *(f"old beside new {number}" for number in range(4)))
    jobs += await jobs_of(new, receiver, *(f"new beside old {number}" for number in range(4)))
    assert await statuses(old, jobs[1:]) == {"completed"}

    await drain(old)
    await until_spread(new.api, alone=ACCOUNTS)
    jobs += await jobs_of(new, receiver, "begun by new #slow=8")

    back = await bridges.start("back", old_code)
    await until_spread(new.api, **{str(new.pid): 2, str(back.pid): 2})
    await drain(new)
    await until_spread(back.api, alone=ACCOUNTS)
    jobs += await jobs_of(back, receiver, "old after new")

    assert await statuses(back, jobs) == {"completed"}
    posts = await receiver.got(len(jobs))
    assert sorted(post.job["jobid"] for post in posts) == sorted(jobs)
    assert await discord.runs_of("begun by old") == await discord.runs_of("begun by new") == 1
    assert f'"schema": {NEWEST.number}' in back.log.read_text()
