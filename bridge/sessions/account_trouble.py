"""What is wrong with the account behind a connection, and when that counts as fixed by a person."""

from collections.abc import Iterable
from typing import Final

from bridge.chat import Channel
from bridge.ports import Clock
from bridge.sessions.trouble import Trouble

ANEW_MS: Final = 15_000
"""An account that is configured again is closed and opened within this time."""


class AccountTrouble:
    """Keeps the trouble until Discord withdraws it or the same account is opened again.

    An account is a token in a channel. A request with the same token in another channel does not mean that a
    person has acted, so it clears nothing.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._found: Trouble | None = None
        self._required: Trouble | None = None
        self._closed_ms: dict[str, int] = {}

    @property
    def current(self) -> Trouble | None:
        """Return what is wrong now."""
        return self._found or self._required

    @property
    def found(self) -> Trouble | None:
        """Return the trouble that an answer or close code of Discord has shown."""
        return self._found

    def find(self, trouble: Trouble) -> None:
        """Record the trouble that an answer or close code of Discord shows."""
        self._found = trouble

    def require(self, trouble: Trouble | None) -> None:
        """Record what Discord requires the account's owner to do, None if nothing any more."""
        self._required = trouble

    def closed(self, channel: Channel) -> None:
        """Record that a channel's session was closed: it may be opened again by a person who has acted."""
        now_ms = self._clock.monotonic_ms()
        recent = {key: ms for key, ms in self._closed_ms.items() if now_ms - ms <= ANEW_MS}
        self._closed_ms = {**recent, channel.id: now_ms} if self.current else {}

    def opened(self, channel: Channel, present: Iterable[Channel]) -> None:
        """Clear the trouble if `channel` is one that was closed just now, or is in `present`."""
        closed_ms = self._closed_ms.pop(channel.id, None)
        is_anew = closed_ms is not None and self._clock.monotonic_ms() - closed_ms <= ANEW_MS
        if is_anew or any(channel.id == each.id for each in present):
            self._found = self._required = None
