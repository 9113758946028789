"""Whether this machine reaches Discord: it does while an account is connected, otherwise it asks."""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from bridge.leases.term import UNREACHED_MS
from bridge.ports import Clock

log = structlog.get_logger(__name__)

LOOK_S: Final = 30.0
AGAIN_S: Final = 10.0
"""How long until the next look after one without an answer."""


class Reach:
    """Looks now and then. `is_connected`: some account is connected; `ask` asks Discord without a token."""

    def __init__(
        self, clock: Clock, is_connected: Callable[[], bool], ask: Callable[[], Awaitable[bool]]
    ) -> None:
        self._clock = clock
        self._is_connected = is_connected
        self._ask = ask
        self._reached_ms: int | None = None

    @property
    def is_there(self) -> bool:
        """Return whether Discord was reached in the last minute."""
        now_ms = self._clock.boottime_ms()
        return self._reached_ms is not None and now_ms - self._reached_ms < UNREACHED_MS

    async def run(self, on_change: Callable[[], None]) -> None:
        """Look until cancelled; `on_change` is called when the answer is another one."""
        while True:
            was_there = self.is_there
            is_reached = self._is_connected() or await self._ask()
            if is_reached:
                self._reached_ms = self._clock.boottime_ms()
            if self.is_there is not was_there:
                log.info("discord_is_reached" if self.is_there else "discord_is_not_reached")
                on_change()
            await self._clock.sleep(LOOK_S if is_reached else AGAIN_S)
