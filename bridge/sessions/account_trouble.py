"""What is wrong with the account behind a connection, and whose opening says that a person has mended it."""

from collections.abc import Iterable
from typing import Final

from bridge.chat import Channel
from bridge.ports import Clock
from bridge.sessions.trouble import Trouble

ANEW_MS: Final = 15_000
"""An account that is set again is closed and opened in one go; what is opened later was let go for good."""


class AccountTrouble:
    """Holds the trouble until Discord takes it back or the same account is opened anew.

    An account is a token in a channel. A request that passes by with the same token in another channel says
    nothing of a person who has acted, so it clears nothing.
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
        """Return what an answer or a close of Discord has shown."""
        return self._found

    def find(self, trouble: Trouble) -> None:
        """Note what an answer or a close of Discord shows."""
        self._found = trouble

    def require(self, trouble: Trouble | None) -> None:
        """Note what Discord requires of the account's owner, None when it requires nothing any more."""
        self._required = trouble

    def closed(self, channel: Channel) -> None:
        """Note that a channel's session is closed: in a trouble that may be the first half of a mend."""
        now_ms = self._clock.monotonic_ms()
        recent = {key: ms for key, ms in self._closed_ms.items() if now_ms - ms <= ANEW_MS}
        self._closed_ms = {**recent, channel.id: now_ms} if self.current else {}

    def opened(self, channel: Channel, present: Iterable[Channel]) -> None:
        """Forget the trouble if `channel` is the one of an account that was here, or is among `present`."""
        closed_ms = self._closed_ms.pop(channel.id, None)
        is_anew = closed_ms is not None and self._clock.monotonic_ms() - closed_ms <= ANEW_MS
        if is_anew or any(channel.id == each.id for each in present):
            self._found = self._required = None
