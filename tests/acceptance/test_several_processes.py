"""Bridges as processes of their own on one PostgreSQL: any of them can end or die, and the others go on."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bridge.sandbox import Sandbox
from tests.tools.bridges import Bridge, Bridges, accounts_on, until_spread
from tests.tools.world import Discord

ACCOUNTS = 6


@pytest.fixture
async def bridges(
    sandbox: Sandbox, http: aiohttp.ClientSession, tmp_path: Path, postgres_url: str
) -> AsyncIterator[Bridges]:
    settings = accounts_on(sandbox, postgres_url, ACCOUNTS)
    async with AsyncExitStack() as stack:
        yield Bridges(stack, tmp_path, sandbox, http, settings)


@asynccontextmanager
async def frozen(bridge: Bridge) -> AsyncIterator[None]:
    """Let a process stand still."""
    bridge.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        bridge.signal(signal.SIGCONT)


@pytest.mark.machines
async def test_a_second_process_gets_half_of_the_accounts_and_gives_them_back_when_it_ends(
    bridges: Bridges, discord: Discord
) -> None:
    first = await bridges.start("first")
    await until_spread(first.api, alone=ACCOUNTS)

    second = await bridges.start("second")
    await until_spread(first.api, **{str(first.pid): 3, str(second.pid): 3})
    videos = [await one.api.create(f"a cat {number}") for number, one in enumerate([first, second] * 3)]
    ended = [await first.api.ended(video.body["jobid"]) for video in videos]
    second.signal(signal.SIGTERM)
    await until_spread(first.api, alone=ACCOUNTS)

    assert [one["status"] for one in ended] == ["completed"] * 6
    assert [await discord.runs_of(f"a cat {number}") for number in range(6)] == [1] * 6
    assert await second.running.process.wait() == 0
    assert '"is_resumed": true' in first.log.read_text()
    assert '"is_resumed": true' in second.log.read_text()


@pytest.mark.machines
async def test_the_accounts_of_a_killed_process_are_connected_by_the_other_within_twenty_seconds(
    bridges: Bridges,
) -> None:
    first, second = await bridges.start("first"), await bridges.start("second")
    await until_spread(first.api, **{str(first.pid): 3, str(second.pid): 3})

    await second.running.kill()
    begun = asyncio.get_running_loop().time()
    await until_spread(first.api, alone=ACCOUNTS)

    assert asyncio.get_running_loop().time() - begun < 20


@pytest.mark.machines
async def test_a_process_that_stood_still_gives_way_and_gets_its_share_again(bridges: Bridges) -> None:
    first, second = await bridges.start("first"), await bridges.start("second")
    await until_spread(first.api, **{str(first.pid): 3, str(second.pid): 3})

    async with frozen(second):
        await until_spread(first.api, alone=ACCOUNTS)
    await until_spread(first.api, **{str(first.pid): 3, str(second.pid): 3})
    video = await second.api.create("a cat after the pause")
    ended = await second.api.ended(video.body["jobid"])

    assert ended["status"] == "completed"
