"""The clock of the machine, behind the port."""

import asyncio
import time
from collections.abc import Callable


class SystemClock:
    """Real time."""

    def now_ms(self) -> int:
        """Return the time in milliseconds UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """Return a monotonic time in milliseconds."""
        return time.monotonic_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call `callback` after `seconds`."""
        return asyncio.get_running_loop().call_later(seconds, callback)
