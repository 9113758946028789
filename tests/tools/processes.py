"""The bridge and the simulator as processes of their own, so that one can be killed beside the other."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tools.access import LOOPBACK, TOKEN
from tests.tools.python_path import python_path

ROOT = Path(__file__).parents[2]
LIMIT_S = 90.0


@dataclass
class Running:
    """A process that is ready, and what its ready file says."""

    process: asyncio.subprocess.Process
    facts: Any

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def command(
    *arguments: str,
    folder: Path,
    env: Mapping[str, str] | None = None,
    module: str = "bridge",
    limit_s: float = LIMIT_S,
    code: Path = ROOT,
) -> AsyncIterator[Running]:
    """Run a command of the CLI (or a `module` round it) until the context ends; it says when it is ready."""
    ready = _fresh(folder) / "ready.json"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    with (folder / "log.txt").open("a") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments, "--ready-file", str(ready)),
            cwd=folder,
            env={**inherited, **(env or {}), "PYTHONPATH": python_path(code)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        try:
            await _until_ready(process, limit_s)
            yield Running(process, json.loads(ready.read_text()))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _fresh(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ready.json").unlink(missing_ok=True)
    return folder


async def _until_ready(process: asyncio.subprocess.Process, limit_s: float) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(limit_s):
        async for line in process.stdout:
            if line.startswith(b"Ready"):
                return
    raise AssertionError("the command ended before it was ready")


@asynccontextmanager
async def simulator(folder: Path, video_seconds: float, *more: str) -> AsyncIterator[Running]:
    """Run the simulator alone; `more` are further options."""
    arguments = ("sandbox-discord", "--port", "0", "--video-seconds", str(video_seconds), *more)
    async with command(*arguments, folder=folder) as running:
        yield running


@asynccontextmanager
async def bridge_process(
    folder: Path, world: Mapping[str, Any], code: Path = ROOT, /, **env: str
) -> AsyncIterator[Running]:
    """Run the bridge on a simulator with its first account; the same folder is the same data directory.

    `code`: where another version of it is.
    """
    account = {
        "discord": world["accounts"][0]["token"],
        "server": world["guild_id"],
        "channel": world["channel_id"],
    }
    variables = {
        "BRIDGE_SERVER__PORT": "0",
        "BRIDGE_API_TOKEN": TOKEN,
        "BRIDGE_DATA_DIR": str(folder / "data"),
        "BRIDGE_ACCOUNTS": json.dumps([account]),
        "BRIDGE_JOBS__PACE_S": "0",
        "BRIDGE_CALLBACKS__ALLOW": ",".join(LOOPBACK),
        **{f"BRIDGE_DISCORD__{name.upper()}": world[name] for name in ("api_url", "gateway_url", "cdn_url")},
        **env,
    }
    async with command("serve", folder=folder, env=variables, code=code) as running:
        yield running
