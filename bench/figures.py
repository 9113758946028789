"""From times to figures, and from figures to a table."""

import math
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.marks import Heard

PACKAGES = ("discord.py-self", "aiohttp", "aiosqlite", "pydantic")


@dataclass(frozen=True)
class Spread:
    """How long something took, in milliseconds; `missing` of `count` never came."""

    count: int
    missing: int
    p50_ms: float
    p99_ms: float
    most_ms: float


def spread_of(written: Mapping[str, int], heard: Sequence[Heard]) -> Spread:
    """Return the spread of the time from writing to hearing, for every text that was written."""
    when = {text: heard_ns for heard_ns, text in heard}
    took = sorted((when[text] - at_ns) / 1e6 for text, at_ns in written.items() if text in when)
    return Spread(len(written), len(written) - len(took), at(took, 0.5), at(took, 0.99), at(took, 1))


def at(sorted_values: Sequence[float], share: float) -> float:
    """Return the least value that `share` of the values do not exceed (the nearest-rank percentile)."""
    if not sorted_values:
        return float("nan")
    return sorted_values[max(0, math.ceil(share * len(sorted_values)) - 1)]


def show(title: str, rows: Mapping[str, Spread], notes: Sequence[str]) -> None:
    """Print a table and what is to be known of it."""
    table = Table(title=title, title_justify="left")
    for heading in ("", "messages", "lost", "p50", "p99", "most"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, spread in rows.items():
        times = (f"{value:.2f} ms" for value in (spread.p50_ms, spread.p99_ms, spread.most_ms))
        table.add_row(name, str(spread.count), str(spread.missing), *times)
    console = Console(highlight=False)
    console.print(table)
    for note in notes:
        console.print(note, soft_wrap=True)


def machine() -> str:
    """Return what it was measured on."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}, {packages}"


def fsync_of(folder: Path, times: int = 200) -> Spread:
    """Return how long the disk takes to keep a page, which every committed message waits for."""
    took = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(times):
            file.write(bytes(4096))
            begun_ns = time.perf_counter_ns()
            file.flush()
            os.fsync(file.fileno())
            took.append((time.perf_counter_ns() - begun_ns) / 1e6)
    took.sort()
    return Spread(times, 0, at(took, 0.5), at(took, 0.99), took[-1])
