"""Bridges that share a database: each a process with its own ways to the database and to Discord."""

import asyncio
import json
import random
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from tests.chaos.lives import PAUSES_S, Lives, accounts_of
from tests.tools.access import LOOPBACK, TOKEN
from tests.tools.relay import Relay, relay
from tests.tools.wire import Wire, wire_to
from tests.tools.world import Answer, Api

BRISK: Final = "tests.chaos.brisk"
KEY: Final = "the secret key of all bridges of a fleet"
READY_S: Final = 90.0
"""A bridge is ready when every account is connected somewhere, also those of one that has just died."""
END_S: Final = 60.0
SLOTS: Final = "10"


@dataclass(frozen=True)
class Ended:
    """When a process was killed or asked to end: its sessions that ended then have to come back elsewhere."""

    address: str
    how: str
    at_ns: int


@dataclass
class Member:
    """One bridge: its lives, and its ways to the database and to Discord."""

    number: int
    lives: Lives
    database: Wire
    discord: Relay
    is_busy: bool = False
    """Whether something happens to it, so that nothing else may."""
    frozen: list[tuple[int, int | None]] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Whether its process runs, frozen or not."""
        return self.lives.is_running

    async def freeze(self, pause: "asyncio.Future[None]") -> None:
        """Stop the process as a host that is suspended does, until the pause is over."""
        self.lives.process.send_signal(signal.SIGSTOP)
        self.frozen.append((time.monotonic_ns(), None))
        try:
            await pause
        finally:
            self.lives.process.send_signal(signal.SIGCONT)
            self.frozen[-1] = (self.frozen[-1][0], time.monotonic_ns())


@dataclass
class Fleet:
    """All bridges on one database; a request may hit any of them."""

    members: list[Member]
    http: aiohttp.ClientSession
    chance: random.Random
    ended: list[Ended] = field(default_factory=list)

    def running(self) -> list[Member]:
        """Return the bridges whose processes run."""
        return [member for member in self.members if member.is_running]

    def anywhere(self) -> Api:
        """Return a client of any bridge that runs; raises `ClientConnectionError` if none does."""
        running = self.running()
        if not running:
            raise aiohttp.ClientConnectionError("no bridge runs")
        return self.chance.choice(running).lives.api

    async def get(self, path: str, limit_s: float) -> Answer | None:
        """Ask any bridge; None if it does not answer in time."""
        try:
            async with asyncio.timeout(limit_s):
                return await self.anywhere().get(path)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    async def kill(self, member: Member) -> None:
        """End a process as a power cut would."""
        self.ended.append(Ended(member.discord.address, "death", time.monotonic_ns()))
        await member.lives.kill()

    async def drain(self, member: Member) -> None:
        """Ask a process to end, and wait until it has."""
        self.ended.append(Ended(member.discord.address, "drain", time.monotonic_ns()))
        member.lives.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(END_S):
            await member.lives.process.wait()
        await member.lives.end()


@asynccontextmanager
async def a_fleet(
    folder: Path,
    url: str,
    world: Mapping[str, Any],
    http: aiohttp.ClientSession,
    *,
    processes: int,
    spare: int,
    accounts: int,
    chance: random.Random,
    **env: str,
) -> AsyncIterator[Fleet]:
    """Start so many bridges on a database; `spare` ones more can be started later."""
    async with _members(folder, url, world, http, processes + spare, accounts, env) as members:
        await members[0].lives.begin()
        await asyncio.gather(*(member.lives.begin() for member in members[1:processes]))
        yield Fleet(members, http, chance)


@asynccontextmanager
async def _members(
    folder: Path,
    url: str,
    world: Mapping[str, Any],
    http: aiohttp.ClientSession,
    count: int,
    accounts: int,
    env: Mapping[str, str],
) -> AsyncIterator[list[Member]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                _member(folder / f"bridge-{number}", url, world, http, number, accounts, env)
            )
            for number in range(1, count + 1)
        ]


@asynccontextmanager
async def _member(
    folder: Path,
    url: str,
    world: Mapping[str, Any],
    http: aiohttp.ClientSession,
    number: int,
    accounts: int,
    env: Mapping[str, str],
) -> AsyncIterator[Member]:
    discord = urlsplit(world["api_url"])
    address = f"127.0.1.{number}"
    async with (
        wire_to(url) as to_database,
        relay(discord.hostname or "", discord.port or 80, address) as to_discord,
    ):
        variables = {
            "BRIDGE_DATABASE": to_database.url,
            "BRIDGE_SECRET_KEY": KEY,
            "BRIDGE_SERVER__PORT": "0",
            "BRIDGE_API_TOKEN": TOKEN,
            "BRIDGE_DATA_DIR": str(folder / "data"),
            "BRIDGE_ACCOUNTS": json.dumps(
                [{**one, "maxJobs": SLOTS} for one in accounts_of(world)[:accounts]]
            ),
            "BRIDGE_JOBS__PACE_S": "0",
            "BRIDGE_JOBS__PATIENCE_S": "3",
            "BRIDGE_JOBS__SILENCE_S": "20",
            "BRIDGE_CALLBACKS__ALLOW": ",".join(LOOPBACK),
            "BRIDGE_CALLBACKS__PAUSES_S": PAUSES_S,
            "BRIDGE_LOG__LEVEL": "debug",
            "BRIDGE_DISCORD__PROXY": f"http://127.0.0.1:{to_discord.port}",
            **{
                f"BRIDGE_DISCORD__{name.upper()}": world[name]
                for name in ("api_url", "gateway_url", "cdn_url")
            },
            **env,
        }
        member = Member(
            number, Lives(folder, variables, http, module=BRISK, ready_s=READY_S), to_database, to_discord
        )
        try:
            yield member
        finally:
            await member.lives.end()
