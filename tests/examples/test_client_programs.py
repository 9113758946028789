"""The programs of docs/clients.md and the README run as they stand there, while the bridge restarts."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from bridge.client import Client
from bridge.sandbox import SandboxOptions, run_sandbox
from tests.docs.pages import DOCS, README
from tests.tools.python_path import python_path
from tests.tools.world import bridge_on

TOKEN: Final = "sandbox"
LIMIT_S: Final = 50.0


@dataclass(frozen=True)
class Program:
    """A block of a page, the name of its file, and what runs it."""

    page: Path
    language: str
    number: int
    file: str
    command: Sequence[str]

    @property
    def is_installed(self) -> bool:
        """Tell whether it can be run here."""
        return shutil.which(self.command[0]) is not None

    @property
    def code(self) -> str:
        """The block."""
        blocks = re.findall(
            rf"^```{self.language}\n(.*?)^```$", self.page.read_text(), re.MULTILINE | re.DOTALL
        )
        return str(blocks[self.number])


@dataclass(frozen=True)
class Outcome:
    """How a program ended, what it printed, and the sizes of what it saved."""

    exit_code: int | None
    told: str
    sizes: Sequence[int]


PAGE: Final = DOCS / "clients.md"
PROGRAMS: Final[Mapping[str, Program]] = {
    "readme": Program(README, "python", 0, "program.py", [sys.executable]),
    "python": Program(PAGE, "python", 0, "program.py", [sys.executable]),
    "asyncio": Program(PAGE, "python", 1, "program.py", [sys.executable]),
    "javascript": Program(PAGE, "javascript", 0, "program.mjs", ["node"]),
    "php": Program(PAGE, "php", 0, "program.php", ["php"]),
    "curl": Program(PAGE, "sh", 1, "program.sh", ["sh"]),
}
GO: Final = Program(PAGE, "go", 0, "program.go", ["go", "run"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """What became of every program that can run here; all run at the same time."""
    there = {name: program for name, program in PROGRAMS.items() if program.is_installed}
    return await through_a_restart(there, tmp_path_factory.mktemp("programs"))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(150)
@pytest.mark.parametrize("name", PROGRAMS)
async def test_a_program_of_the_page_gets_its_videos_through_a_restart(
    name: str, outcomes: Mapping[str, Outcome]
) -> None:
    if name not in outcomes:
        pytest.skip(f"{PROGRAMS[name].command[0]} is not installed")

    outcome = outcomes[name]

    assert outcome.exit_code == 0, outcome.told
    assert len(outcome.sizes) == 4
    assert min(outcome.sizes) > 100


@pytest.mark.thorough
@pytest.mark.timeout(150)
@pytest.mark.skipif(not GO.is_installed, reason="go is not installed: scripts/setup_clients")
async def test_the_program_in_go_gets_its_videos_through_a_restart(tmp_path: Path) -> None:
    outcome = (await through_a_restart({"go": GO}, tmp_path))["go"]

    assert outcome.exit_code == 0, outcome.told
    assert len(outcome.sizes) == 4


async def through_a_restart(programs: Mapping[str, Program], folder: Path) -> dict[str, Outcome]:
    """Run programs at the same time, and restart the bridge when each has its job."""
    async with run_sandbox(SandboxOptions(video_seconds=2.0)) as sandbox, AsyncExitStack() as stack:
        async with bridge_on(sandbox, folder / "data", api_token=TOKEN) as bridge, asyncio.timeout(LIMIT_S):
            running = {
                name: await stack.enter_async_context(started(program, folder / name, bridge.url))
                for name, program in programs.items()
            }
            await until_all_have_jobs(bridge.url, len(running))
        server = {"port": int(bridge.url.rpartition(":")[2])}
        async with bridge_on(sandbox, folder / "data", api_token=TOKEN, server=server):
            return {name: await ended(process, folder / name) for name, process in running.items()}


@asynccontextmanager
async def started(program: Program, folder: Path, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program until the context ends; each has a prompt of its own."""
    write_to(folder, program)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(*program.command, program.file, f"a cat of {folder.name}"),
        cwd=folder,
        env={**kept, "BRIDGE_URL": url, "BRIDGE_TOKEN": TOKEN, "PYTHONPATH": python_path()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def write_to(folder: Path, program: Program) -> None:
    folder.mkdir()
    (folder / program.file).write_text(program.code, encoding="utf-8")


async def until_all_have_jobs(url: str, count: int) -> None:
    async with Client(url, TOKEN) as client:
        events: AsyncIterator[object] = client.events(after=0)
        while len((await client.history()).items) < count:
            await anext(events)


async def ended(process: asyncio.subprocess.Process, folder: Path) -> Outcome:
    async with asyncio.timeout(LIMIT_S):
        told, _ = await process.communicate()
    return Outcome(process.returncode, told.decode(), sizes_in(folder / "videos"))


def sizes_in(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.glob("*.mp4")]
