"""When each frame was handed to its socket: what latency is measured from.

Times are nanoseconds of the machine's monotonic clock, which all processes of one machine share.
"""

import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from bridge.sandbox.wire import Json

__all__ = ["FrameLog"]

MOST_FRAMES = 10_000
SHOWN = ("id", "channel_id", "content", "session_id")


@dataclass
class FrameLog:
    """The last frames of all gateway connections; they are read only when somebody asks."""

    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _rows: deque[tuple[int, int, str]] = field(default_factory=lambda: deque(maxlen=MOST_FRAMES))

    def opened(self) -> Callable[[str], None]:
        """Return what a new connection calls with each frame just before it is written."""
        connection = next(self._numbers)
        return lambda frame: self._rows.append((time.monotonic_ns(), connection, frame))

    def view(self) -> list[Json]:
        """Show all rows: `at_ns`, `connection`, `event`, `seq` and the little that tells events apart."""
        return [_row(*row) for row in self._rows]


def _row(at_ns: int, connection: int, frame: str) -> Json:
    read = json.loads(frame)
    data = read["d"] if isinstance(read["d"], dict) else {}
    shown = {name: data[name] for name in SHOWN if name in data}
    return {"at_ns": at_ns, "connection": connection, "event": read["t"], "seq": read["s"], **shown}
