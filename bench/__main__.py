"""Measure, and print the figures: python -m bench [part …] [--quick] [--markdown]."""

import argparse
import asyncio
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

import aiohttp

from bench import (
    chatter,
    completions,
    counting,
    edits,
    fanout,
    growth,
    idle,
    page,
    scaling,
    scrolling,
    slow,
    strays,
    submits,
)
from bench.figures import ms
from bench.host import fsync_of, load, machine
from bench.processes import DidNotStart
from bench.scene import EVENT_LOOP
from bench.tables import Table, show

FOLDER: Final = Path("data")
"""On the disk: a temporary directory in memory would flatter the figures."""
Part = Callable[[Path], Awaitable[Table]]
PARTS: Final[Mapping[str, Part]] = {
    "edits": lambda folder: edits.measure(folder, (50, 200, 500), seconds=8),
    "completions": lambda folder: completions.measure(folder, (50, 200), count=400),
    "submits": lambda folder: submits.measure(folder, count=600, at_once=40),
    "chatter": lambda folder: chatter.measure(folder, lines=1_000),
    "counting": lambda folder: counting.measure(folder, 200, seconds=8, submits=300, at_once=40),
    "strays": lambda folder: strays.measure(folder, (0, 150), seconds=8),
    "idle": lambda folder: idle.measure(folder, (1, 20, 100), seconds=42),
    "slow": lambda folder: slow.measure(folder, (0, 1_000), seconds=60),
    "growth": lambda folder: growth.measure(folder, (1_000, 100_000), times=60),
    "million": lambda folder: growth.measure(folder, (1_000, 1_000_000), times=60),
    "simulator": lambda folder: fanout.measure(folder, (1, 100), seconds=4),
    "scaling": lambda folder: scaling.measure(folder, (1, 2, 4), count=200, edits=600),
    "page": lambda folder: page.measure(folder, times=9),
    "scrolling": lambda folder: scrolling.measure(folder, frames=300),
}
FAULTS: Final = (DidNotStart, RuntimeError, TimeoutError, aiohttp.ClientError)
"""What a busy machine does to a part; the other parts are measured all the same."""
LONG: Final = ("million", "scaling", "page", "scrolling")
"""Measured only when it is named."""
QUICK: Final[Mapping[str, Part]] = {
    "edits": lambda folder: edits.measure(folder, (20,), seconds=1),
    "completions": lambda folder: completions.measure(folder, (10,), count=10),
    "submits": lambda folder: submits.measure(folder, count=10, at_once=5),
    "chatter": lambda folder: chatter.measure(folder, lines=10),
    "counting": lambda folder: counting.measure(folder, 20, seconds=1, submits=10, at_once=5),
    "strays": lambda folder: strays.measure(folder, (0, 5), seconds=1),
    "idle": lambda folder: idle.measure(folder, (1,), seconds=1),
    "slow": lambda folder: slow.measure(folder, (0, 20), seconds=1),
    "growth": lambda folder: growth.measure(folder, (100, 200), times=5),
    "million": lambda folder: growth.measure(folder, (100,), times=5),
    "simulator": lambda folder: fanout.measure(folder, (1,), seconds=0.5),
    "scaling": lambda folder: scaling.measure(folder, (1,), count=8, edits=50),
    "page": lambda folder: page.measure(folder, times=1),
    "scrolling": lambda folder: scrolling.measure(folder, frames=60),
}


@dataclass(frozen=True)
class Options:
    """Which parts are measured, how long, and how the figures are shown."""

    parts: list[str]
    is_quick: bool
    is_markdown: bool


def main() -> None:
    """Read the options and measure; SIGTERM and Ctrl-C end every process, and leave no folder."""
    options = parsed()
    FOLDER.mkdir(exist_ok=True)
    try:
        failed = asyncio.run(measure(options))
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit("interrupted")
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


def parsed() -> Options:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure the bridge beside a bare client.")
    parser.add_argument(
        "parts", nargs="*", metavar="part", help=f"some of {', '.join(PARTS)}; else all but {', '.join(LONG)}"
    )
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes; no figures to keep")
    parser.add_argument("--markdown", action="store_true", help="print as docs/benchmarks.md has it")
    given = parser.parse_args()
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"{unknown[0]} is no part: there are {', '.join(PARTS)}")
    return Options(given.parts or [part for part in PARTS if part not in LONG], given.quick, given.markdown)


async def measure(options: Options) -> list[str]:
    """Print each part's table as soon as it is there; return the parts that could not be measured."""
    end_by_sigterm()
    failed = []
    with TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder:
        show(conditions(Path(folder)), is_markdown=options.is_markdown)
        for name in options.parts:
            try:
                await measure_part(Path(folder), name, options)
            except* FAULTS as group:
                failed.append(name)
                traceback.print_exception(group)
    return failed


async def measure_part(folder: Path, name: str, options: Options) -> None:
    """Measure one part: nothing else of ours runs beside it."""
    begun, busy = time.monotonic(), load()
    table = await (QUICK if options.is_quick else PARTS)[name](folder / name)
    show(table, is_markdown=options.is_markdown)
    sys.stdout.write(f"[{name}: {time.monotonic() - begun:.0f} s, load before {busy}]\n\n")
    sys.stdout.flush()


def end_by_sigterm() -> None:
    """Let SIGTERM do what Ctrl-C does: cancel what is measured, which ends its processes."""
    measuring = cast("asyncio.Task[list[str]]", asyncio.current_task())

    def cancel() -> None:
        if not measuring.cancelling():
            measuring.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, cancel)


def conditions(folder: Path) -> Table:
    """Return on what, when and how it is measured."""
    disk = fsync_of(folder)
    rows = [
        ["date", f"{datetime.now(UTC):%d %B %Y, %H:%M UTC}"],
        ["machine", machine()],
        ["event loop of the bridge", EVENT_LOOP],
        ["fsync of 4 KiB", f"p50 {ms(disk.p50_ms)}, p99 {ms(disk.p99_ms)}"],
        ["load before", load()],
    ]
    return Table("Conditions", ("", ""), rows)


if __name__ == "__main__":
    main()
