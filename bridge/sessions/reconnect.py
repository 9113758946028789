"""When the next connection is in order: at once after a cut, later each time when none comes up.

A session that is taken up again (RESUME) costs Discord little; how many are begun anew (IDENTIFY) is limited.
"""

from collections import deque
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import Final

from bridge.backoff import MOST_DOUBLINGS, backoff_s
from bridge.ports import MINUTE_MS, Clock

STEADY_MS: Final = 30_000
TOO_FAST_DOUBLINGS: Final = 3
AT_ONCE_S: Final = 0.5
"""The longest pause before a connection that was cut is taken up again: many are cut together."""
MOST_CUTS: Final = 20
"""How many cuts in a minute are followed at once; with each one more the pause doubles."""


@dataclass(frozen=True, slots=True)
class ReconnectLimits:
    """The shortest full pause and the longest one, in seconds."""

    first_s: float = 1.0
    most_s: float = 120.0


class Reconnect:
    """Pauses with chance in them, which grow with attempts that do not come up and with new sessions.

    A connection that has been up for a while starts them over.
    """

    def __init__(self, clock: Clock, pacing: ReconnectLimits, chance: Random | None = None) -> None:
        self._clock = clock
        self._pacing = pacing
        self._chance = chance or SystemRandom()
        self._failures = 0
        self._new_sessions = 0
        self._too_fast = 0
        self._is_cut = False
        self._cuts_ms: deque[int] = deque(maxlen=MOST_CUTS + MOST_DOUBLINGS)
        self._up_since_ms: int | None = None

    def has_come_up(self, *, is_resumed: bool) -> None:
        """Note that the connection works now, with the session of before or with a new one."""
        self._up_since_ms = self._clock.monotonic_ms()
        self._failures = 0
        if not is_resumed:
            self._new_sessions = min(self._new_sessions + 1, MOST_DOUBLINGS)

    def has_failed(self) -> None:
        """Note that an attempt did not come up."""
        self._end()
        self._failures = min(self._failures + 1, MOST_DOUBLINGS)

    def has_been_too_fast(self) -> None:
        """Note that Discord ended a connection because it was spoken to too fast."""
        self._end()
        self._too_fast = min(self._too_fast + TOO_FAST_DOUBLINGS, MOST_DOUBLINGS)

    def has_lost_session(self) -> None:
        """Note that a connection which worked has ended, and that its session is over."""
        self._end()

    def has_been_cut(self) -> None:
        """Note that a connection which worked has ended, and that its session goes on."""
        self._end()
        self._is_cut = True
        self._cuts_ms.append(self._clock.monotonic_ms())

    def pause_s(self, *, is_resume: bool) -> float:
        """Return a fresh pause before a session is taken up again, or a new one begun."""
        if is_resume and self._is_cut:
            doublings = self._cuts_of_a_minute() - MOST_CUTS
            return self._grown_s(doublings) if doublings > 0 else self._chance.uniform(0, AT_ONCE_S)
        return self._grown_s(self._failures + self._too_fast + (0 if is_resume else self._new_sessions))

    async def wait(self, *, is_resume: bool) -> None:
        """Return when the next attempt is in order."""
        if pause_s := self.pause_s(is_resume=is_resume):
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
