"""When to connect again: at once after a cut, with growing pauses after failed attempts.

A RESUME costs Discord little; the number of IDENTIFYs is limited. `GatewayClient.listen` waits before it
connects again, mostly with a RESUME; `Supervisor` waits before it runs a new client, which IDENTIFYs.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import Final

from bridge.backoff import MOST_DOUBLINGS, backoff_s
from bridge.ports import MINUTE_MS, Clock

STEADY_MS: Final = 30_000
TOO_FAST_DOUBLINGS: Final = 3
AT_ONCE_S: Final = 0.5
"""The longest pause before a RESUME: it spreads connections that were cut at the same moment."""
LONG_S: Final = 5.0
"""A pause that is told whatever it is for."""
MOST_CUTS: Final = 20
"""How many cuts in a minute are followed by an immediate reconnect; each further one doubles the pause."""


@dataclass(frozen=True, slots=True)
class ReconnectLimits:
    """The shortest and the longest full pause, in seconds."""

    first_s: float = 1.0
    most_s: float = 120.0


class Reconnect:
    """Pauses with jitter, which grow with failed attempts and with new sessions.

    They are reset after a connection has been up for a while. `on_pause` is called with the seconds of each
    pause that is not the short one after a cut.
    """

    def __init__(
        self,
        clock: Clock,
        pacing: ReconnectLimits,
        chance: Random | None = None,
        on_pause: Callable[[float], None] | None = None,
    ) -> None:
        self._clock = clock
        self._pacing = pacing
        self._chance = chance or SystemRandom()
        self._on_pause = on_pause
        self._failures = 0
        self._new_sessions = 0
        self._too_fast = 0
        self._is_cut = False
        self._cuts_ms: deque[int] = deque(maxlen=MOST_CUTS + MOST_DOUBLINGS)
        self._up_since_ms: int | None = None

    def has_come_up(self, *, is_resumed: bool) -> None:
        """Record that the connection is up, with the previous session or a new one."""
        self._up_since_ms = self._clock.monotonic_ms()
        self._failures = 0
        if not is_resumed:
            self._new_sessions = min(self._new_sessions + 1, MOST_DOUBLINGS)

    def has_failed(self) -> None:
        """Record a failed attempt."""
        self._end()
        self._failures = min(self._failures + 1, MOST_DOUBLINGS)

    def has_been_too_fast(self) -> None:
        """Record that Discord closed a connection because of too many frames."""
        self._end()
        self._too_fast = min(self._too_fast + TOO_FAST_DOUBLINGS, MOST_DOUBLINGS)

    def has_lost_session(self) -> None:
        """Record that an established connection has ended and its session is invalid."""
        self._end()

    def has_been_cut(self) -> None:
        """Record that an established connection has ended and its session can be resumed."""
        self._end()
        self._is_cut = True
        self._cuts_ms.append(self._clock.monotonic_ms())

    def pause_s(self, *, is_resume: bool) -> float:
        """Return a new random pause in seconds before a RESUME or an IDENTIFY."""
        if is_resume and self._is_cut:
            doublings = self._cuts_of_a_minute() - MOST_CUTS
            return self._grown_s(doublings) if doublings > 0 else self._chance.uniform(0, AT_ONCE_S)
        return self._grown_s(self._failures + self._too_fast + (0 if is_resume else self._new_sessions))

    async def wait(self, *, is_resume: bool) -> None:
        """Wait until the next attempt."""
        pause_s = self.pause_s(is_resume=is_resume)
        if self._on_pause is not None and (self._failures or self._too_fast or pause_s >= LONG_S):
            self._on_pause(pause_s)
        if pause_s:
            await self._clock.sleep(pause_s)

    def _end(self) -> None:
        self._is_cut = False
        up_since_ms, self._up_since_ms = self._up_since_ms, None
        if up_since_ms is not None and self._clock.monotonic_ms() - up_since_ms >= STEADY_MS:
            self._new_sessions, self._too_fast = 1, 0

    def _cuts_of_a_minute(self) -> int:
        since_ms = self._clock.monotonic_ms() - MINUTE_MS
        return sum(at_ms > since_ms for at_ms in self._cuts_ms)

    def _grown_s(self, times: int) -> float:
        return backoff_s(times, self._pacing.first_s, self._pacing.most_s, self._chance)
