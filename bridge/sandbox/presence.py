"""Who was connected when: gateway connections and POSTs of interactions, and from which address they came.

Times are nanoseconds of the machine's monotonic clock, which all processes of one machine share.
"""

import time
from collections import deque
from dataclasses import dataclass, field

from bridge.sandbox.wire import Json

__all__ = ["Presence", "PresenceLog"]

MOST_ROWS = 100_000


@dataclass
class Presence:
    """One connection or POST; `how` is `identify`, `resume` or `post`."""

    how: str
    user_id: int
    address: str
    began_ns: int = field(default_factory=time.monotonic_ns)
    ended_ns: int | None = None

    def end(self) -> None:
        """Note that it is over."""
        if self.ended_ns is None:
            self.ended_ns = time.monotonic_ns()

    def view(self) -> Json:
        """Show it to the control API."""
        return {
            "how": self.how,
            "user_id": str(self.user_id),
            "address": self.address,
            "began_ns": self.began_ns,
            "ended_ns": self.ended_ns,
        }


@dataclass
class PresenceLog:
    """The rows in the order in which they began; the oldest are forgotten when there are too many."""

    rows: deque[Presence] = field(default_factory=lambda: deque(maxlen=MOST_ROWS))

    def begin(self, how: str, user_id: int, address: str) -> Presence:
        """Write down who has come."""
        presence = Presence(how, user_id, address)
        self.rows.append(presence)
        return presence

    def view(self) -> list[Json]:
        """Show all rows."""
        return [row.view() for row in self.rows]
