"""Accounts that nobody uses: what each process costs while nothing happens but heartbeats."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.host import Usage, usage_of
from bench.scene import BARE, BRIDGE, scene
from bench.tables import Table

CALM_S: Final = 5.0
"""So long after the last account has connected nothing is measured: histories are read by then."""
NOTES: Final = (
    "The bridge has one reader of its stream and no other program; bare: a client for each account.",
    "A heartbeat is sent every 41.25 s for each account. CPU: the share of one core.",
)


async def measure(folder: Path, accounts: Sequence[int], seconds: float) -> Table:
    """Watch with each number of accounts."""
    folder.mkdir()  # noqa: ASYNC240
    rows = [await run(folder / str(count), count, seconds) for count in accounts]
    headings = ("accounts", "bridge CPU", "bare CPU", "bridge memory", "bare memory")
    return Table(f"Idle for {seconds:g} s", headings, rows, NOTES)


async def run(folder: Path, accounts: int, seconds: float) -> Sequence[str]:
    """Watch once."""
    async with scene(folder, accounts) as everybody:
        await asyncio.sleep(min(CALM_S, seconds))
        before = {name: usage_of(pid) for name, pid in everybody.pids.items()}
        await asyncio.sleep(seconds)
        after = {name: usage_of(pid) for name, pid in everybody.pids.items()}
    shares = (f"{share(before[name], after[name], seconds):.2%}" for name in (BRIDGE, BARE))
    memory = (f"{after[name].memory_mb:.0f} MB" for name in (BRIDGE, BARE))
    return [str(accounts), *shares, *memory]


def share(before: Usage, after: Usage, seconds: float) -> float:
    """Return which share of a core was used."""
    return (after.cpu_s - before.cpu_s) / seconds
