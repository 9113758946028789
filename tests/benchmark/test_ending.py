"""A benchmark that is told to end leaves nothing behind."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WITHIN_S = 60


@pytest.mark.thorough
@pytest.mark.timeout(180)
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
async def test_its_processes_and_its_folder_are_gone(told: signal.Signals, tmp_path: Path) -> None:
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = (sys.executable, "-m", "bench", "idle")
    benchmark = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, env=variables, stdout=asyncio.subprocess.DEVNULL
    )
    await until(lambda: any(tmp_path.glob("data/bench-*/idle/1/serve.json")))
    others = children_of(benchmark.pid)

    benchmark.send_signal(told)
    await asyncio.wait_for(benchmark.wait(), WITHIN_S)

    assert others
    assert not any(map(is_there, others))
    assert list((tmp_path / "data").iterdir()) == []


def children_of(pid: int) -> list[int]:
    """Return the processes that one process has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_there(pid: int) -> bool:
    """Tell whether there is a process of this id."""
    return Path(f"/proc/{pid}").exists()


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    async with asyncio.timeout(WITHIN_S):
        while not is_so():
            await asyncio.to_thread(lambda: None)
