"""People who talk in the account's thread: what a line costs that is nobody's job."""

import asyncio
from pathlib import Path
from typing import Final

from bench.edits import cpu_of
from bench.figures import ms, ratio
from bench.host import usage_of
from bench.scene import BARE, BRIDGE, scene
from bench.tables import Table

RATE: Final = 100
SETTLED_S: Final = 1.0
NOTES: Final = (
    "The account has no job. Every other line is corrected once, so a line is one and a half frames.",
)


async def measure(folder: Path, lines: int) -> Table:
    """Let people write so many lines."""
    async with scene(folder, 1) as everybody:
        await asyncio.sleep(SETTLED_S)
        before = {name: usage_of(pid) for name, pid in everybody.pids.items()}
        talk = {"per_second": RATE, "kinds": ["users"], "times": lines}
        await everybody.client.order("POST", "chatter", talk)
        await asyncio.sleep(lines / RATE * 1.2 + SETTLED_S)
        after = {name: usage_of(pid) for name, pid in everybody.pids.items()}
    cpu = cpu_of(before, after, lines)
    row = [
        *(str(lines), ms(cpu[BRIDGE]), ms(cpu[BARE])),
        *(f"{cpu[BRIDGE] - cpu[BARE]:+.2f} ms", ratio(cpu[BRIDGE], cpu[BARE])),
    ]
    headings = ("lines", "bridge CPU for a line", "bare CPU", "more", "ratio")
    return Table(f"People's lines, {RATE} a second", headings, [row], NOTES)
