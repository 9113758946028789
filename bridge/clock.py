"""The clock of the machine, behind the port."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

COUNTS_SUSPEND: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux has a clock of its own for this; elsewhere CLOCK_MONOTONIC counts the time too."""


class SystemClock:
    """Real time."""

    def now_ms(self) -> int:
        """Return the time in milliseconds UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """Return a monotonic time in milliseconds."""
        return time.monotonic_ns() // 1_000_000

    def boottime_ms(self) -> int:
        """Return a monotonic time in milliseconds that also counts while the machine is suspended."""
        return time.clock_gettime_ns(COUNTS_SUSPEND) // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call `callback` after `seconds`."""
        return asyncio.get_running_loop().call_later(seconds, callback)
