"""How late the event loop runs what is due: everything waits while one piece of code keeps it busy."""

from collections.abc import Callable
from typing import Final

import structlog

from bridge.ports import Clock

log = structlog.get_logger(__name__)

TICK_S: Final = 0.5
STUCK_MS: Final = 5_000
"""From which lag on the loop counts as stuck: clients have given up then."""
REMEMBERED_MS: Final = 30_000
"""How long it counts as stuck afterwards: probes that were not answered meanwhile learn why."""


class LoopLag:
    """Compares when it is woken with when it should have been; `tell` gets each lag in seconds."""

    def __init__(self, clock: Clock, tell: Callable[[float], None] = lambda _: None) -> None:
        self._clock = clock
        self._tell = tell
        self._due_ms = clock.monotonic_ms()
        self._stuck_ms: int | None = None

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            self._due_ms = self._clock.monotonic_ms() + round(TICK_S * 1000)
            await self._clock.sleep(TICK_S)
            self._note(max(0, self._clock.monotonic_ms() - self._due_ms))

    def is_stuck(self) -> bool:
        """Return whether the loop stands still, or did a short time ago."""
        now_ms = self._clock.monotonic_ms()
        was_stuck = self._stuck_ms is not None and now_ms - self._stuck_ms < REMEMBERED_MS
        return was_stuck or now_ms - self._due_ms >= STUCK_MS

    def _note(self, lag_ms: int) -> None:
        self._tell(lag_ms / 1000)
        if lag_ms >= STUCK_MS:
            self._stuck_ms = self._clock.monotonic_ms()
            log.warning("loop_was_stuck", seconds=lag_ms / 1000)
