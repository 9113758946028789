"""How long to wait before the next attempt: longer each time, never all at once."""

from dataclasses import dataclass, field
from random import Random
from typing import Final

from bridge.ports import Clock

STEADY_MS: Final = 30_000
MOST_DOUBLINGS: Final = 16


@dataclass(frozen=True, slots=True)
class Pacing:
    """The shortest full pause and the longest one, in seconds."""

    first_s: float = 1.0
    most_s: float = 120.0


@dataclass(slots=True)
class Pace:
    """Exponential back-off with jitter; it starts over once a connection has been steady for a while."""

    clock: Clock
    pacing: Pacing
    _random: Random = field(default_factory=Random)
    _failures: int = 0
    _up_since_ms: int | None = None

    def has_come_up(self) -> None:
        """Note that the connection works now."""
        self._up_since_ms = self.clock.monotonic_ms()

    def has_failed(self, weight: int = 1) -> None:
        """Note that it is lost; `weight` above 1 makes the next pause longer."""
        up_since_ms, self._up_since_ms = self._up_since_ms, None
        if up_since_ms is not None and self.clock.monotonic_ms() - up_since_ms >= STEADY_MS:
            self._failures = 0
        self._failures = min(self._failures + weight, MOST_DOUBLINGS)

    @property
    def pause_s(self) -> float:
        """Return a fresh pause: none before the first failure, later half to all of the doubled one."""
        if not self._failures:
            return 0.0
        full_s = min(self.pacing.most_s, self.pacing.first_s * 2.0 ** (self._failures - 1))
        return full_s * self._random.uniform(0.5, 1.0)

    async def wait(self) -> None:
        """Return when the next attempt is in order."""
        if pause_s := self.pause_s:
            await self.clock.sleep(pause_s)
