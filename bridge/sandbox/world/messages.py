"""Messages and the history of each channel: bounded, in order of id."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.sandbox.files import StoredFile
from bridge.sandbox.wire import Json

__all__ = [
    "COMMAND_ANSWER",
    "EPHEMERAL",
    "IS_COMPONENTS_V2",
    "LOADING",
    "MOST_MESSAGES",
    "REPLY",
    "History",
    "Message",
]

MOST_MESSAGES = 10_000
EPHEMERAL, LOADING, IS_COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15
ORDINARY, REPLY, COMMAND_ANSWER = 0, 19, 20


@dataclass(frozen=True)
class Message:
    """A message; an edit makes a new value with the same id."""

    id: int
    channel_id: int
    author_id: int
    created_ms: int
    kind: int = ORDINARY
    content: str = ""
    flags: int = 0
    files: tuple[StoredFile, ...] = ()
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    edited_ms: int | None = None
    reply_to: int | None = None
    application_id: int | None = None
    webhook_id: int | None = None
    interaction: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_ephemeral(self) -> bool:
        """Tell whether only the acting user sees it, in events alone."""
        return bool(self.flags & EPHEMERAL)


class History:
    """The messages of one channel; the oldest are forgotten when there are too many."""

    def __init__(self, most: int = MOST_MESSAGES) -> None:
        self._most = most
        self._ids: list[int] = []
        self._messages: dict[int, Message] = {}
        self.count = 0

    @property
    def last_id(self) -> int | None:
        """Return the id of the newest message."""
        return self._ids[-1] if self._ids else None

    def keep(self, message: Message) -> None:
        """Add a new message, or replace the one with the same id."""
        if message.id not in self._messages:
            self._ids.append(message.id)
            self.count += 1
        self._messages[message.id] = message
        if len(self._ids) > self._most:
            del self._messages[self._ids.pop(0)]

    def find(self, message_id: int) -> Message | None:
        """Return one message."""
        return self._messages.get(message_id)

    def drop(self, message_id: int) -> None:
        """Delete a message."""
        if self._messages.pop(message_id, None) is not None:
            self._ids.remove(message_id)

    def newest(self, limit: int) -> list[Message]:
        """Return the last messages, newest first."""
        return self._rows(len(self._ids) - limit, len(self._ids))

    def before(self, message_id: int, limit: int) -> list[Message]:
        """Return the messages just before an id, newest first."""
        end = bisect_left(self._ids, message_id)
        return self._rows(end - limit, end)

    def after(self, message_id: int, limit: int) -> list[Message]:
        """Return the messages just after an id, newest first."""
        start = bisect_left(self._ids, message_id + 1)
        return self._rows(start, start + limit)

    def around(self, message_id: int, limit: int) -> list[Message]:
        """Return the messages on both sides of an id and the one with it, newest first."""
        start = bisect_left(self._ids, message_id) - limit // 2
        return self._rows(start, start + limit)

    def _rows(self, start: int, end: int) -> list[Message]:
        return [self._messages[each] for each in reversed(self._ids[max(start, 0) : max(end, 0)])]
