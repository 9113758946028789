"""Completions: from the frame that brings the video to the callback that the receiver has read."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.edits import achieved, cpu_of
from bench.figures import ms, ratio, spread_of
from bench.host import usage_of
from bench.load import at_rate, begin_jobs, complete
from bench.processes import hand
from bench.scene import BARE, BRIDGE, Scene, heard, scene
from bench.tables import Table

MOST_EACH: Final = 10
"""As many jobs may one account have at once."""
NOTES: Final = (
    "Each job has a replyUrl; the receiver answers 200 at once. Callback: its last byte has been read.",
    "The first tenth is not counted.",
)


async def measure(folder: Path, rates: Sequence[float], count: int) -> Table:
    """Complete `count` jobs at each rate."""
    async with scene(folder, math.ceil(count / MOST_EACH)) as everybody:
        rows = [await run(everybody, rate, count) for rate in rates]
    headings = (
        *("completions", "written", "lost", "callback p50 · p99", "stream p99", "bare p50 · p99", "p99 more"),
        *("bridge CPU", "bare CPU", "ratio"),
    )
    return Table("Completions with a callback each: frame written → callback received", headings, rows, NOTES)


async def run(everybody: Scene, rate: float, count: int) -> Sequence[str]:
    """Begin as many jobs, complete them at one rate, and return the figures."""
    starts = (await begin_jobs(everybody, MOST_EACH, everybody.receiver_url))[:count]
    listeners = {"callback": everybody.receiver, "stream": everybody.reader, BARE: everybody.bare}
    for process in listeners.values():
        await hand(process, {"hear": len(starts)})
    before = {name: usage_of(pid) for name, pid in everybody.pids.items()}
    await at_rate(rate, len(starts), lambda number: complete(everybody.client, starts[number]))
    told = {name: await heard(process) for name, process in listeners.items()}
    after = {name: usage_of(pid) for name, pid in everybody.pids.items()}
    counted = [start.message_id for start in starts[len(starts) // 10 :]]
    written = await everybody.written(dict(zip(counted, counted, strict=True)))
    spreads = {
        name: spread_of(written[BARE if name == BARE else BRIDGE], marks) for name, marks in told.items()
    }
    cpu, callback, bare = cpu_of(before, after, len(starts)), spreads["callback"], spreads[BARE]
    return [
        *(f"{rate:g}/s", f"{achieved(list(written[BRIDGE].values())):.0f}/s"),
        str(sum(each.missing for each in spreads.values())),
        *(f"{ms(callback.p50_ms)} · {ms(callback.p99_ms)}", ms(spreads["stream"].p99_ms)),
        *(f"{ms(bare.p50_ms)} · {ms(bare.p99_ms)}", f"{callback.p99_ms - bare.p99_ms:+.2f} ms"),
        *(ms(cpu[BRIDGE]), ms(cpu[BARE]), ratio(cpu[BRIDGE], cpu[BARE])),
    ]
