"""The silence that Discord asks of a person: one for all tokens, channels and routes."""

from bridge.ports import Clock
from bridge.sessions.selfbot.answers import LONGEST_RETRY_S


class Hold:
    """Until when, by the monotonic clock, nothing may be asked of Discord."""

    def __init__(self, clock: Clock) -> None:
        self.until_ms = 0
        self._clock = clock

    @property
    def is_on(self) -> bool:
        """Tell whether Discord wants silence now."""
        return self._clock.monotonic_ms() < self.until_ms

    async def over(self) -> None:
        """Return when Discord wants silence no more, also where its wish grows meanwhile."""
        while (left_ms := self.until_ms - self._clock.monotonic_ms()) > 0:
            await self._clock.sleep(left_ms / 1000)

    def keep(self, retry_after_s: float) -> None:
        """Keep to a global 429; a shorter wish does not end a longer one."""
        wait_s = min(retry_after_s, LONGEST_RETRY_S)
        if wait_s > 0:
            self.until_ms = max(self.until_ms, self._clock.monotonic_ms() + int(wait_s * 1000))
