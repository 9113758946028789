"""A clock that a test moves by hand: nothing sleeps, and a day passes in no time."""

import asyncio
from typing import Final

START_MS: Final = 1_700_000_000_000
BOOTED_MS: Final = 5_000_000


class HandClock:
    """Implements the clock's port; stands still until time passes, or until somebody sets it."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self._now_ms = now_ms
        self._monotonic_ms = BOOTED_MS
        self._sleepers: dict[asyncio.Future[None], int] = {}
        self._fell_asleep = asyncio.Event()

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic_ms(self) -> int:
        return self._monotonic_ms

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers[waking] = self._monotonic_ms + round(seconds * 1000)
        self._fell_asleep.set()
        try:
            await waking
        finally:
            self._sleepers.pop(waking, None)

    def pass_s(self, seconds: float) -> None:
        """Let time pass; whoever has slept enough wakes up."""
        assert seconds >= 0, "time does not go back: the clock is set"
        self._now_ms += round(seconds * 1000)
        self._monotonic_ms += round(seconds * 1000)
        for waking, until_ms in list(self._sleepers.items()):
            if until_ms <= self._monotonic_ms and not waking.done():
                waking.set_result(None)

    def set_s(self, seconds: float) -> None:
        """Set the clock forward or back, as a person or a time server does: no time passes."""
        self._now_ms += round(seconds * 1000)

    async def sleeper_s(self) -> float:
        """Return for how long the next sleeper still sleeps, as soon as there is one."""
        async with asyncio.timeout(5):
            while not any(not waking.done() for waking in self._sleepers):
                self._fell_asleep.clear()
                await self._fell_asleep.wait()
        return (min(self._sleepers.values()) - self._monotonic_ms) / 1000
