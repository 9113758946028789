"""Tries an action on many made-up inputs, and watches what it costs.

`FUZZ_INPUTS` says how many there are of each kind; with it they are others at every run, unless `FUZZ_SEED`
is that of an earlier one.
"""

import asyncio
import gc
import logging
import os
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

Value = TypeVar("Value")

WISH: Final = os.environ.get("FUZZ_INPUTS", "")
SEED: Final = int(os.environ.get("FUZZ_SEED", "") or (random.randrange(1 << 32) if WISH else 0))
PHASES: Final = (Phase.explicit, Phase.generate, Phase.shrink) if WISH else (Phase.generate,)
BATCH: Final = 500
"""How many inputs are made up at once: Hypothesis remembers them all until the end of a batch."""
LIMIT_S: Final = 60
MOST_GROWTH_MB: Final = 40
"""How much memory may be in use after the last batch beyond what was after the first third of them."""


class Lines:
    """What is logged while inputs are tried."""

    def __init__(self, output: pytest.CaptureFixture[str], records: pytest.LogCaptureFixture) -> None:
        self._output, self._records = output, records
        records.set_level(logging.INFO)

    def check(self) -> None:
        """Fail if there is a traceback among them, or an exception that nobody retrieved."""
        written = self._output.readouterr()
        assert [line.getMessage() for line in self._records.records if line.exc_info] == []
        assert "Traceback" not in written.out + written.err
        assert "never retrieved" not in self._records.text


class Trial:
    """Tries inputs of one kind, and reports what it took."""

    def __init__(self, lines: Lines, report: Callable[[str, object], None]) -> None:
        self._lines, self._report = lines, report

    async def run(
        self, strategy: st.SearchStrategy[Value], act: Callable[[Value], Awaitable[None]], few: int
    ) -> None:
        """Try `act` on as many inputs as are wished, on a `few` without a wish."""
        wanted, loop = int(WISH or few), asyncio.get_running_loop()
        tried, memory, began = 0, list[float](), time.monotonic()

        def try_one(value: Value) -> None:
            nonlocal tried
            tried += 1
            asyncio.run_coroutine_threadsafe(_limited(act(value)), loop).result()

        for number in range(-(-wanted // BATCH)):
            await asyncio.to_thread(_batch, strategy, try_one, min(BATCH, wanted), SEED + number)
            gc.collect()
            memory.append(memory_mb())
            self._lines.check()
        growth = memory[-1] - memory[len(memory) // 3]
        spent = time.monotonic() - began
        self._report("fuzz", f"{tried} inputs in {spent:.0f} s, memory grown by {growth:.0f} MB, seed {SEED}")
        assert growth < MOST_GROWTH_MB


def _batch(
    strategy: st.SearchStrategy[Value], try_one: Callable[[Value], None], examples: int, number: int
) -> None:
    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    @given(value=strategy)
    def run(value: Value) -> None:
        try_one(value)

    run()


async def _limited(work: Awaitable[None]) -> None:
    async with asyncio.timeout(LIMIT_S):
        await work


def memory_mb() -> float:
    """Return how much memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
