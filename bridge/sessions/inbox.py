"""The bounded queue of a session's events that its reader has not read yet; it reports an overflow."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bridge.chat import EPHEMERAL, Heard, Message
from bridge.ports import Clock

ROOM: Final = 2_000
RESERVE: Final = 500


@dataclass(frozen=True, slots=True)
class Size:
    """The size of the queue; `reserve` is for events that the history does not contain."""

    room: int = ROOM
    reserve: int = RESERVE


class Inbox:
    """A queue with one reader; after an overflow, messages are discarded until the queue is empty."""

    def __init__(self, size: Size, on_drained: Callable[[], None], clock: Clock) -> None:
        self._size = size
        self._on_drained = on_drained
        self._clock = clock
        self._queue: deque[tuple[int, Heard]] = deque()
        self._filled = asyncio.Event()
        self._is_closed = False
        self.has_dropped = False
        self.arrived_ms = 0
        """When the event that was taken last came in, by the monotonic clock."""

    @property
    def is_empty(self) -> bool:
        """Return whether the queue is empty."""
        return not self._queue

    def put(self, heard: Heard) -> bool:
        """Queue `heard` if there is room for its kind; return whether there was."""
        is_lasting = _is_in_history(heard)
        room = self._size.room + (0 if is_lasting else self._size.reserve)
        if len(self._queue) >= room or (self.has_dropped and is_lasting):
            self.has_dropped = True
            return False
        self._keep(heard)
        return True

    def restart(self, heard: Heard) -> None:
        """Queue `heard` in any case: it makes the reader read the discarded messages from the history."""
        self.has_dropped = False
        self._keep(heard)

    async def take(self) -> Heard | None:
        """Wait for the next event; None if the inbox is closed."""
        while not self._queue and not self._is_closed:
            if self.has_dropped:
                self._on_drained()
            if not self._queue:
                self._filled.clear()
                await self._filled.wait()
        if self._is_closed:
            return None
        self.arrived_ms, heard = self._queue.popleft()
        return heard

    def close(self) -> None:
        """Close the queue; the reader gets None."""
        self._is_closed = True
        self._filled.set()

    def _keep(self, heard: Heard) -> None:
        self._queue.append((self._clock.monotonic_ms(), heard))
        self._filled.set()


def _is_in_history(heard: Heard) -> bool:
    return isinstance(heard, Message) and not (heard.flags or 0) & EPHEMERAL
