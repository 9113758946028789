"""Writes a recording of gateway events; a failed write never affects the connections."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import structlog

from bridge.ports import Clock
from bridge.recording.lines import new_file, write
from bridge.recording.recent import Recent
from bridge.recording.redaction import Redaction

log = structlog.get_logger(__name__)

MESSAGES: Final = frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"})


@contextmanager
def tape_on(
    path: Path, without_secrets: Callable[[str], str], clock: Clock, channel: str | None = None
) -> Iterator["Tape"]:
    """Record into a new file; delete it if nothing was recorded. Raises `RecordingError`."""
    with new_file(path) as file:
        tape = Tape(file, Redaction(without_secrets), clock, channel)
        try:
            yield tape
        except Exception:
            if tape.count == 0:
                path.unlink(missing_ok=True)
            raise


class Tape:
    """Writes bots' messages and the results of the accounts' interactions; `channel` None is all channels.

    Messages of people are not recorded. `trouble` is why writing has stopped.
    """

    def __init__(self, file: TextIO, redaction: Redaction, clock: Clock, channel: str | None = None) -> None:
        self._file = file
        self._redaction = redaction
        self._clock = clock
        self._channel = channel
        self._accounts: list[str | None] = []
        self._messages: Recent[str] = Recent()
        self.count = 0
        self.trouble: str | None = None

    def record(self, own_id: str | None, event: str, payload: Mapping[str, object]) -> None:
        """Write an event if it is relevant."""
        if self.trouble is not None or not self._is_wanted(event, payload):
            return
        try:
            self._write(own_id, event, payload)
        except OSError as error:
            self.trouble = error.strerror or type(error).__name__
            log.warning("recording_ended", reason=self.trouble, recorded=self.count)

    def _write(self, own_id: str | None, event: str, payload: Mapping[str, object]) -> None:
        data = self._redaction.cleaned(own_id, payload)
        account = self._account(own_id)
        write(self._file, {"at_ms": self._clock.now_ms(), "account": account, "event": event, "data": data})
        self.count += 1

    def _account(self, own_id: str | None) -> int:
        if own_id not in self._accounts:
            self._accounts.append(own_id)
        return self._accounts.index(own_id) + 1

    def _is_wanted(self, event: str, payload: Mapping[str, object]) -> bool:
        channel = payload.get("channel_id")
        if self._channel is not None and channel is not None and str(channel) != self._channel:
            return False
        if event in MESSAGES:
            return self._is_of_a_bot(payload)
        return event.startswith("INTERACTION_")

    def _is_of_a_bot(self, message: Mapping[str, object]) -> bool:
        """Return whether a bot wrote this; an edit without an author counts like its original message."""
        author, message_id = message.get("author"), str(message.get("id"))
        if isinstance(author, Mapping) and author.get("bot") is True:
            self._messages.put(message_id, message_id)
        return self._messages.get(message_id) is not None
