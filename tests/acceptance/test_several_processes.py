"""Bridges as processes of their own on one PostgreSQL: any of them can end or die, and the others go on."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.sandbox import Sandbox
from tests.tools.processes import Running, bridge_process
from tests.tools.world import Api, Discord

ACCOUNTS = 6


@dataclass
class Bridge:
    """A bridge that runs, and its API."""

    running: Running
    api: Api
    log: Path

    @property
    def pid(self) -> int:
        return self.running.process.pid

    def signal(self, number: signal.Signals) -> None:
        self.running.process.send_signal(number)


class Bridges:
    """Starts bridges on one database and one Discord, all with the same accounts."""

    def __init__(
        self,
        stack: AsyncExitStack,
        folder: Path,
        sandbox: Sandbox,
        http: aiohttp.ClientSession,
        settings: Mapping[str, str],
    ) -> None:
        self._stack = stack
        self._folder = folder
        self._sandbox = sandbox
        self._http = http
        self._settings = settings

    async def start(self, name: str) -> Bridge:
        """Start a bridge."""
        world = self._sandbox.world()
        running = await self._stack.enter_async_context(
            bridge_process(self._folder / name, world, **self._settings)
        )
        return Bridge(running, Api(running.facts["url"], self._http), self._folder / name / "log.txt")


@pytest.fixture
async def bridges(
    sandbox: Sandbox, http: aiohttp.ClientSession, tmp_path: Path, postgres_url: str
) -> AsyncIterator[Bridges]:
    world = sandbox.world()
    first = {"discord": world["accounts"][0]["token"], "channel": world["channel_id"]}
    accounts = [first, *sandbox.spare_accounts()[: ACCOUNTS - 1]]
    settings = {
        "BRIDGE_DATABASE": postgres_url,
        "BRIDGE_SECRET_KEY": "a key that all of them have",
        "BRIDGE_ACCOUNTS": json.dumps(
            [
                {"discord": one["discord"], "server": world["guild_id"], "channel": one["channel"]}
                for one in accounts
            ]
        ),
    }
    async with AsyncExitStack() as stack:
        yield Bridges(stack, tmp_path, sandbox, http, settings)


async def rows(api: Api) -> list[Any]:
    found: list[Any] = (await api.get("/v1/pixverse/health")).body["accounts"]
    return found


async def until_spread(api: Api, **wanted: int) -> None:
    """Wait until all accounts are connected, by processes with these numbers."""
    counts: Counter[str] = Counter()
    async with asyncio.timeout(45):
        while counts != wanted:
            found = await rows(api)
            counts = Counter(
                one.get("machine", {"name": "alone"})["name"].rpartition(":")[2]
                for one in found
                if one["condition"] == "connected"
            )
            await asyncio.sleep(0.05)


@asynccontextmanager
async def frozen(bridge: Bridge) -> AsyncIterator[None]:
    """Let a process stand still."""
    bridge.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        bridge.signal(signal.SIGCONT)


@pytest.mark.thorough
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


@pytest.mark.thorough
async def test_the_accounts_of_a_killed_process_are_connected_by_the_other_within_twenty_seconds(
    bridges: Bridges,
) -> None:
    first, second = await bridges.start("first"), await bridges.start("second")
    await until_spread(first.api, **{str(first.pid): 3, str(second.pid): 3})

    await second.running.kill()
    begun = asyncio.get_running_loop().time()
    await until_spread(first.api, alone=ACCOUNTS)

    assert asyncio.get_running_loop().time() - begun < 20


@pytest.mark.thorough
async def test_a_process_that_stood_still_gives_way_and_gets_its_share_again(bridges: Bridges) -> None:
    first, second = await bridges.start("first"), await bridges.start("second")
    await until_spread(first.api, **{str(first.pid): 3, str(second.pid): 3})

    async with frozen(second):
        await until_spread(first.api, alone=ACCOUNTS)
    await until_spread(first.api, **{str(first.pid): 3, str(second.pid): 3})
    video = await second.api.create("a cat after the pause")
    ended = await second.api.ended(video.body["jobid"])

    assert ended["status"] == "completed"
