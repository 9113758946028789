"""The programs that take part, each a process of its own that is ended by its id."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

READY_S: Final = 180.0
STOP_S: Final = 10.0
LAST_CHARACTERS: Final = 2_000
LONGEST_LINE: Final = 64 * 1024 * 1024
Process = asyncio.subprocess.Process


class DidNotStart(Exception):
    """A program ended before it was ready; the text is the end of its log."""


@dataclass(frozen=True)
class Program:
    """A command of the bridge that runs: its process, and what its ready file says."""

    pid: int
    facts: Any


@asynccontextmanager
async def bridge_command(
    name: str, folder: Path, variables: Mapping[str, str], *arguments: str
) -> AsyncIterator[Program]:
    """Run `pixverse-bridge NAME`; give it when it is ready."""
    ready = folder / f"{name}.json"
    options = (name, "--port", "0", "--ready-file", str(ready), *arguments)
    with (folder / f"{name}.log").open("w+") as log:
        async with started("bridge", *options, variables=variables, log=log.fileno()) as process:
            if not await is_reached(process, "Ready."):
                log.seek(0)
                raise DidNotStart(log.read()[-LAST_CHARACTERS:])
            yield Program(process.pid, json.loads(ready.read_text()))


@asynccontextmanager
async def started(
    module: str, *arguments: str, variables: Mapping[str, str] | None = None, log: int | None = None
) -> AsyncIterator[Process]:
    """Run a module of Python for as long as the context is open.

    It has a session of its own: Ctrl-C reaches the benchmark alone, which then ends the others in order.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        env={**inherited, **(variables or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
        limit=LONGEST_LINE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        await stop(process)


async def is_reached(process: Process, wanted: str) -> bool:
    """Read what a process prints up to a line; tell whether that came before its end."""
    async with asyncio.timeout(READY_S):
        while line := await queue_of(process):
            if line.strip() == wanted:
                return True
    return False


async def queue_of(process: Process) -> str:
    """Return the next line that a process prints, nothing at its end."""
    return (await cast("asyncio.StreamReader", process.stdout).readline()).decode()


async def said(process: Process) -> Any:
    """Return the next value that a process tells."""
    return json.loads(await queue_of(process))


async def hand(process: Process, value: object) -> None:
    """Write a value to a process, a line of JSON."""
    pipe = cast("asyncio.StreamWriter", process.stdin)
    pipe.write(f"{json.dumps(value)}\n".encode())
    await pipe.drain()


async def stop(process: Process) -> None:
    """End a process: ask first."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
