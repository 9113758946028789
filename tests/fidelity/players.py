"""A library's script as a process, and the steps that it tells."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.fidelity.environments import ROOT, Part

Json = dict[str, Any]
VIDEO = ROOT / "bridge" / "sandbox" / "media" / "video.mp4"
STEP_WITHIN_S = 30.0
LINE_BYTES = 1024 * 1024


class Player:
    """A running script; `told` holds its steps in order."""

    def __init__(self, part: Part, process: asyncio.subprocess.Process, log: Path) -> None:
        self.told: list[Json] = []
        self._part = part
        self._process = process
        self._log = log

    async def step(self, name: str) -> Json:
        """Return the next step with that name; steps before it are passed over."""
        try:
            async with asyncio.timeout(STEP_WITHIN_S):
                return await self._read_until(name)
        except TimeoutError:
            raise AssertionError(self._complaint(f"did not come to {name}")) from None

    async def _read_until(self, name: str) -> Json:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said: Json = json.loads(line)
            self.told.append(said)
            if said["step"] == name:
                return said
        raise AssertionError(self._complaint(f"ended before {name}"))

    def _complaint(self, what: str) -> str:
        lines = self._log.read_text(errors="replace")[-4000:]
        return f"{self._part.library} {what}; it told {self.told} and said:\n{lines}"


@asynccontextmanager
async def playing(part: Part, stage: Json, folder: Path) -> AsyncIterator[Player]:
    """Run a script on its stage until the context ends."""
    log = folder / f"{part.library}.log"
    with log.open("w") as errors:
        process = await asyncio.create_subprocess_exec(
            *part.command,
            cwd=folder,
            env={**_inherited(), **part.env, "STAGE": json.dumps({**stage, "video": str(VIDEO)})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=LINE_BYTES,
        )
        try:
            yield Player(part, process, log)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _inherited() -> dict[str, str]:
    """Return the environment without proxies: everything here is on loopback."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return {name: value for name, value in kept.items() if not name.startswith(("BRIDGE_", "PYTHON"))}
