"""One bridge through many lives: process after process on the same data directory."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.chaos.points import FOLDER
from tests.tools.access import LOOPBACK, TOKEN
from tests.tools.processes import Running, command
from tests.tools.world import Api

MORTAL = "tests.chaos.mortal"
READY_S = 90.0
PAUSES_S = "0.2,0.3,0.5,1,1,1,2,2,2,2,2,2,2,2,2,2,2,2,2,2"


@dataclass
class Lives:
    """The bridge of a folder: begun, ended or killed, and begun again."""

    folder: Path
    env: Mapping[str, str]
    http: aiohttp.ClientSession
    module: str = MORTAL
    ready_s: float = READY_S
    deaths: int = 0
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _running: Running | None = None

    @property
    def running(self) -> Running:
        """The present life."""
        assert self._running is not None
        return self._running

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The present process."""
        return self.running.process

    @property
    def is_running(self) -> bool:
        """Whether there is a process that is ready."""
        return self._running is not None and self._running.process.returncode is None

    @property
    def api(self) -> Api:
        """A client of the present life."""
        return Api(self.running.facts["url"], self.http)

    @property
    def database(self) -> Path:
        """The database of all lives."""
        return next((self.folder / "data").glob("*.db"))

    async def begin(self) -> None:
        """Start the next life."""
        life = command("serve", folder=self.folder, env=self.env, module=self.module, limit_s=self.ready_s)
        self._running = await self._stack.enter_async_context(life)

    async def begin_for(self, moment_s: float) -> None:
        """Start the next life and return after a moment, or when it has died by itself, ready or not."""
        try:
            async with asyncio.timeout(moment_s):
                await self.begin()
                await self.process.wait()
        except (TimeoutError, AssertionError):
            return

    async def kill(self) -> None:
        """End the present life at once, if there is one and it has not ended by itself."""
        if self._running is not None and self.process.returncode is None:
            await self.running.kill()
        self.deaths += 1
        await self.end()

    async def end(self) -> None:
        """Leave nothing behind."""
        await self._stack.aclose()
        self._stack = AsyncExitStack()
        self._running = None


@asynccontextmanager
async def living(
    folder: Path,
    world: Mapping[str, Any],
    http: aiohttp.ClientSession,
    accounts: int = 1,
    module: str = MORTAL,
    **env: str,
) -> AsyncIterator[Lives]:
    """Run a bridge on a simulator with some of its accounts."""
    variables = {
        "BRIDGE_SERVER__PORT": "0",
        "BRIDGE_API_TOKEN": TOKEN,
        "BRIDGE_DATA_DIR": str(folder / "data"),
        "BRIDGE_ACCOUNTS": json.dumps(accounts_of(world)[:accounts]),
        "BRIDGE_JOBS__PACE_S": "0",
        "BRIDGE_JOBS__PATIENCE_S": "3",
        "BRIDGE_JOBS__SILENCE_S": "8",
        "BRIDGE_CALLBACKS__ALLOW": ",".join(LOOPBACK),
        "BRIDGE_CALLBACKS__PAUSES_S": PAUSES_S,
        "BRIDGE_LOG__LEVEL": "debug",
        **{f"BRIDGE_DISCORD__{name.upper()}": world[name] for name in ("api_url", "gateway_url", "cdn_url")},
        FOLDER: str(folder),
        **env,
    }
    lives = Lives(folder, variables, http, module)
    try:
        await lives.begin()
        yield lives
    finally:
        await lives.end()


def accounts_of(world: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """Return the simulator's accounts as the configuration takes them."""
    first = {
        "discord": world["accounts"][0]["token"],
        "server": world["guild_id"],
        "channel": world["channel_id"],
    }
    return [first, *world["spare_accounts"]]


@dataclass
class Chance:
    """Chance that can be repeated."""

    seed: int

    def of(self, *what: object) -> random.Random:
        """Return the chance of one thing, whatever else has asked."""
        return random.Random(f"{self.seed} {what}")
