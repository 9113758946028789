"""A clock that a test moves by hand: nothing sleeps, and a day passes in no time."""

import asyncio
from collections.abc import Callable
from typing import Final

START_MS: Final = 1_700_000_000_000
BOOTED_MS: Final = 5_000_000


class HandTimer:
    """What waits for a time of the clock."""

    def __init__(self, until_ms: int, callback: Callable[[], None]) -> None:
        self.until_ms = until_ms
        self.callback = callback
        self.is_over = False

    def cancel(self) -> None:
        self.is_over = True

    def come(self) -> None:
        if not self.is_over:
            self.is_over = True
            self.callback()


class HandClock:
    """Implements the clock's port; stands still until time passes, or until somebody sets it."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self._now_ms = now_ms
        self._monotonic_ms = BOOTED_MS
        self._suspended_ms = 0
        self._timers: list[HandTimer] = []
        self._fell_asleep = asyncio.Event()

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic_ms(self) -> int:
        return self._monotonic_ms

    def boottime_ms(self) -> int:
        return self._monotonic_ms + self._suspended_ms

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not waking.done():
                waking.set_result(None)

        timer = self.call_later(seconds, wake)
        try:
            await waking
        finally:
            timer.cancel()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> HandTimer:
        timer = HandTimer(self._monotonic_ms + round(seconds * 1000), callback)
        if seconds <= 0:
            asyncio.get_running_loop().call_soon(timer.come)
            return timer
        self._timers = [*(each for each in self._timers if not each.is_over), timer]
        self._fell_asleep.set()
        return timer

    def pass_s(self, seconds: float) -> None:
        """Let time pass; whoever has slept enough wakes up."""
        assert seconds >= 0, "time does not go back: the clock is set"
        self._now_ms += round(seconds * 1000)
        self._monotonic_ms += round(seconds * 1000)
        for timer in list(self._timers):
            if timer.until_ms <= self._monotonic_ms:
                timer.come()

    def set_s(self, seconds: float) -> None:
        """Set the clock forward or back, as a person or a time server does: no time passes."""
        self._now_ms += round(seconds * 1000)

    def suspend_s(self, seconds: float) -> None:
        """Suspend the machine: its wall clock goes on, and the one that counts this; no timer comes."""
        self._now_ms += round(seconds * 1000)
        self._suspended_ms += round(seconds * 1000)

    async def sleeper_s(self) -> float:
        """Return for how long the next sleeper still sleeps, as soon as there is one."""
        async with asyncio.timeout(30):
            while not any(not timer.is_over for timer in self._timers):
                self._fell_asleep.clear()
                await self._fell_asleep.wait()
        return (
            min(timer.until_ms for timer in self._timers if not timer.is_over) - self._monotonic_ms
        ) / 1000
