"""A gateway session: numbers its events and keeps the last ones for RESUME; it outlives its connection."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from bridge.sandbox.sessions.line import Line

__all__ = ["MOST_KEPT", "Event", "Session"]

MOST_KEPT = 1000


@dataclass(frozen=True)
class Event:
    """A dispatch before it has a number; `body` is its JSON, written once for all who hear it."""

    name: str
    body: str


@dataclass(eq=False)
class Session:
    """What the gateway remembers of one client."""

    id: str
    user_id: int
    is_bot: bool
    line: Line | None
    intents: int = 0
    shard: tuple[int, int] = (0, 1)
    seq: int = 0
    guilds: set[int] = field(default_factory=set)
    kept: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    held: deque[Event] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    overtaken: Event | None = None
    expiry: asyncio.TimerHandle | None = None

    def send(self, event: Event) -> None:
        """Number an event, keep it and send it if somebody is connected."""
        self.seq += 1
        frame = f'{{"t":"{event.name}","s":{self.seq},"op":0,"d":{event.body}}}'
        self.kept.append((self.seq, frame))
        if self.line is not None:
            self.line.push(frame)

    def missed_since(self, seq: int) -> list[str] | None:
        """Return the frames after `seq`; None when some of them are no longer kept."""
        oldest = self.kept[0][0] if self.kept else self.seq + 1
        if seq + 1 < oldest:
            return None
        return [frame for number, frame in self.kept if number > seq]
