"""Edits of running jobs: from the frame written to the line that a reader of the stream has read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.figures import Spread, ms, ratio, spread_of
from bench.host import Usage, usage_of
from bench.load import Start, begin_jobs, edit, texts
from bench.processes import hand
from bench.scene import BARE, BRIDGE, SIMULATOR, Scene, heard, scene
from bench.tables import Table

ACCOUNTS: Final = 10
JOBS_EACH: Final = 3
MOST_FRAMES: Final = 9_500
"""The simulator keeps the times of 10,000 frames; each edit is written to the bridge and the bare client."""
NOTES: Final = (
    "Bridge: to the line of data read by an HTTP client of the stream; the change is in SQLite by then.",
    "Bare: to the handler of clients that do nothing else, on the same messages.",
    "The first second is not counted. CPU: of the whole process, all its threads, for one edit.",
)


@dataclass
class Numbers:
    """Numbers of edits, none given twice: no two edits may say the same."""

    given: int = field(default=0)

    def next(self, count: int) -> range:
        """Return the next so many."""
        self.given += count
        return range(self.given - count, self.given)


@dataclass(frozen=True)
class Run:
    """What one rate gave, by whom."""

    rate: float
    achieved: float
    spreads: dict[str, Spread]
    cpu_ms: dict[str, float]

    def row(self) -> Sequence[str]:
        """Return the figures side by side."""
        bridge, bare = self.spreads[BRIDGE], self.spreads[BARE]
        return [
            *(f"{self.rate:g}/s", f"{self.achieved:.0f}/s", str(bridge.missing + bare.missing)),
            *(f"{ms(bridge.p50_ms)} · {ms(bridge.p99_ms)}", f"{ms(bare.p50_ms)} · {ms(bare.p99_ms)}"),
            *(f"{bridge.p99_ms - bare.p99_ms:+.2f} ms", ms(self.cpu_ms[BRIDGE]), ms(self.cpu_ms[BARE])),
            ratio(self.cpu_ms[BRIDGE], self.cpu_ms[BARE]),
            ms(self.cpu_ms[SIMULATOR]),
        ]


async def measure(folder: Path, rates: Sequence[float], seconds: float) -> Table:
    """Measure at each rate, one after the other, with the same jobs."""
    async with scene(folder, ACCOUNTS) as everybody:
        starts, numbers = await begin_jobs(everybody, JOBS_EACH), Numbers()
        runs = [await run(everybody, starts, numbers, rate, seconds) for rate in rates]
    headings = (
        *("edits", "written", "lost", "bridge p50 · p99", "bare p50 · p99", "p99 more"),
        *("bridge CPU", "bare CPU", "ratio", "simulator CPU"),
    )
    title = (
        f"Edits of {ACCOUNTS * JOBS_EACH} jobs of {ACCOUNTS} accounts: frame written → read from the stream"
    )
    return Table(title, headings, [each.row() for each in runs], NOTES)


async def run(
    everybody: Scene, starts: Sequence[Start], numbers: Numbers, rate: float, seconds: float
) -> Run:
    """Edit at one rate and return the figures."""
    count = min(int(rate * (seconds + 1)), MOST_FRAMES // 2)
    wanted = numbers.next(count)
    for process in (everybody.reader, everybody.bare):
        await hand(process, {"hear": count})
    before = {name: usage_of(pid) for name, pid in everybody.pids.items()}
    await edit(everybody.client, starts, wanted, rate)
    told = {BRIDGE: await heard(everybody.reader), BARE: await heard(everybody.bare)}
    after = {name: usage_of(pid) for name, pid in everybody.pids.items()}
    written = await everybody.written(texts(starts, wanted[min(int(rate), count // 2) :]))
    return Run(
        rate,
        achieved(list(written[BRIDGE].values())),
        {name: spread_of(written[name], told[name]) for name in told},
        cpu_of(before, after, count),
    )


def achieved(at_ns: Sequence[int]) -> float:
    """Return at which rate the simulator has written in fact."""
    span_s = (max(at_ns) - min(at_ns)) / 1e9 if len(at_ns) > 1 else 0.0
    return (len(at_ns) - 1) / span_s if span_s else float("nan")


def cpu_of(before: dict[str, Usage], after: dict[str, Usage], things: int) -> dict[str, float]:
    """Return the milliseconds of CPU that each thing has cost each process."""
    return {name: after[name].cpu_ms_since(before[name], things) for name in before}
