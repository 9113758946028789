"""The silence that Discord asks of a person: one for all tokens, channels and routes."""

from bridge.ports import Clock


class Hold:
    """Until when, by the monotonic clock, nothing may be asked of Discord."""

    def __init__(self, clock: Clock) -> None:
        self.until_ms = 0
        self._clock = clock

    @property
    def is_on(self) -> bool:
        """Tell whether Discord wants silence now."""
        return self._clock.monotonic_ms() < self.until_ms

    def keep(self, retry_after_s: float) -> None:
        """Keep to a global 429; a shorter wish does not end a longer one."""
        self.until_ms = max(self.until_ms, self._clock.monotonic_ms() + int(retry_after_s * 1000))
