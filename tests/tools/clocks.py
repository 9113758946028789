"""A clock in the test's hand: the machine's time, and whatever the test adds to it."""

import asyncio
import time
from collections.abc import Callable


class MovedTimer:
    """A call at a time of the clock, once."""

    def __init__(self, seconds: float, until_ms: float, callback: Callable[[], None]) -> None:
        self.until_ms = until_ms
        self._callback = callback
        self._limit = asyncio.get_running_loop().call_later(seconds, self.come)

    def cancel(self) -> None:
        self._limit.cancel()

    def come(self) -> None:
        if not self._limit.cancelled():
            self._limit.cancel()
            self._callback()


class MovedClock:
    """Real time plus what was added; whoever sleeps on it wakes when the added time is over."""

    def __init__(self) -> None:
        self._added_ms = 0
        self._set_ms = 0
        self._moved = asyncio.Condition()
        self._timers: list[MovedTimer] = []

    def now_ms(self) -> int:
        """Return the time."""
        return time.time_ns() // 1_000_000 + self._added_ms + self._set_ms

    def monotonic_ms(self) -> int:
        """Return a time that nobody sets."""
        return time.monotonic_ns() // 1_000_000 + self._added_ms

    def boottime_ms(self) -> int:
        """Return the same: nothing is suspended."""
        return self.monotonic_ms()

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed, by themselves or by being added."""
        until_ms = self.monotonic_ms() + seconds * 1000
        while (left_ms := until_ms - self.monotonic_ms()) > 0:
            try:
                async with asyncio.timeout(left_ms / 1000), self._moved:
                    await self._moved.wait()
            except TimeoutError:
                continue

    def call_later(self, seconds: float, callback: Callable[[], None]) -> MovedTimer:
        """Call back when `seconds` have passed, by themselves or by being added."""
        timer = MovedTimer(seconds, self.monotonic_ms() + seconds * 1000, callback)
        self._timers = [*(one for one in self._timers if one.until_ms > self.monotonic_ms()), timer]
        return timer

    def set_s(self, seconds: float) -> None:
        """Set the clock forward or back, as a person or a time server does: no time passes."""
        self._set_ms += round(seconds * 1000)

    async def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self._added_ms += round(seconds * 1000)
        for timer in [one for one in self._timers if one.until_ms <= self.monotonic_ms()]:
            timer.come()
        async with self._moved:
            self._moved.notify_all()
