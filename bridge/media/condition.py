"""Whether the mirror can be used, since when and why not; one line in the log for each outage."""

from dataclasses import dataclass
from typing import Final

import structlog

from bridge.ports import Clock

log = structlog.get_logger(__name__)

PAUSES_S: Final = (5.0, 15.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class MirrorCondition:
    """Since when the mirror works, or why it does not."""

    since_ms: int
    reason: str | None = None


class MirrorOutage:
    """Remembers how the mirror's store last answered; an outage is tried again after growing pauses."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._until_ms = clock.monotonic_ms()
        self.condition = MirrorCondition(clock.now_ms())

    def pause_s(self) -> float:
        """Return for how long nothing is to be tried."""
        return max(0.0, (self._until_ms - self._clock.monotonic_ms()) / 1000)

    def has_failed(self, reason: str) -> None:
        """Note a failure; one of something that had begun before the last failure is the same outage."""
        if self.condition.reason is None:
            self.condition = MirrorCondition(self._clock.now_ms(), reason)
            log.warning("media_mirror_is_down", reason=reason)
        if self.pause_s() <= 0:
            pause_s = PAUSES_S[min(self._failures, len(PAUSES_S) - 1)]
            self._failures += 1
            self._until_ms = self._clock.monotonic_ms() + round(pause_s * 1000)

    def has_worked(self) -> None:
        """Note that the store did what it was asked."""
        if self.condition.reason is not None:
            self.condition = MirrorCondition(self._clock.now_ms())
            log.info("media_mirror_works_again")
        self._failures = 0
        self._until_ms = self._clock.monotonic_ms()
