"""The global rate limit of a person, shared by all tokens, channels and routes."""

from typing import Final

from bridge.ports import Clock
from bridge.sessions.port import LONGEST_RETRY_S

ASKED_TO_WAIT: Final = "Discord has asked to wait"


class Hold:
    """The monotonic time until which no request may be sent to Discord."""

    def __init__(self, clock: Clock) -> None:
        self.until_ms = 0
        self._clock = clock

    @property
    def is_on(self) -> bool:
        """Return whether the limit applies now."""
        return self._clock.monotonic_ms() < self.until_ms

    async def over(self) -> None:
        """Wait until the limit has expired, also if it is extended meanwhile."""
        while (left_ms := self.until_ms - self._clock.monotonic_ms()) > 0:
            await self._clock.sleep(left_ms / 1000)

    def keep(self, retry_after_s: float) -> None:
        """Apply a global 429; a shorter one does not shorten a longer one."""
        wait_s = min(retry_after_s, LONGEST_RETRY_S)
        if wait_s > 0:
            self.until_ms = max(self.until_ms, self._clock.monotonic_ms() + int(wait_s * 1000))
