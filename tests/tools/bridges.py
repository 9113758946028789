"""Bridges as processes of their own, which share a PostgreSQL database and the accounts of one Discord."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bridge.sandbox import Sandbox
from tests.tools.processes import ROOT, Running, bridge_process
from tests.tools.world import Api


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

    async def start(self, name: str, code: Path = ROOT) -> Bridge:
        """Start a bridge; `code`: where another version of it is."""
        world = self._sandbox.world()
        running = await self._stack.enter_async_context(
            bridge_process(self._folder / name, world, code, **self._settings)
        )
        return Bridge(running, Api(running.facts["url"], self._http), self._folder / name / "log.txt")


def accounts_on(sandbox: Sandbox, url: str, count: int) -> dict[str, str]:
    """Return the settings of bridges that share accounts and the database of a URL."""
    world = sandbox.world()
    first = {"discord": world["accounts"][0]["token"], "channel": world["channel_id"]}
    accounts = [
        {"discord": one["discord"], "server": world["guild_id"], "channel": one["channel"]}
        for one in (first, *sandbox.spare_accounts()[: count - 1])
    ]
    return {
        "BRIDGE_DATABASE": url,
        "BRIDGE_SECRET_KEY": "a key that all of them have",
        "BRIDGE_ACCOUNTS": json.dumps(accounts),
    }


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
