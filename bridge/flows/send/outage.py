"""An outage of Discord's REST, as one account meets it: nobody asks for a while, then one after another."""

from random import Random
from typing import Final

from bridge.backoff import backoff_s

FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 60.0


class Outage:
    """How often preparing has failed in a row for want of an answer; times are the monotonic clock's."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._failures = 0
        self._failed_ms = 0
        self._until_ms = 0

    @property
    def lasts(self) -> bool:
        """Tell whether the last that was tried has failed: then one is tried at a time."""
        return self._failures > 0

    def left_ms(self, now_ms: int) -> int:
        """Return for how long nothing more is to be asked."""
        return max(0, self._until_ms - now_ms) if self._failures else 0

    def has_failed(self, now_ms: int) -> None:
        """Note a failure; several that were under way together count once."""
        if now_ms < self._until_ms and self._failures:
            return
        self._failures += 1
        self._failed_ms = now_ms
        pause_s = backoff_s(self._failures, FIRST_PAUSE_S, LONGEST_PAUSE_S, self._chance)
        self._until_ms = now_ms + round(pause_s * 1000)

    def has_worked(self, begun_ms: int) -> None:
        """Note that something was prepared: it ends the outage if it was begun after the last failure."""
        if begun_ms >= self._failed_ms:
            self.end()

    def end(self) -> None:
        """Forget the outage: there is a new session, or it is over."""
        self._failures = 0
