"""The session port: what the bridge asks of a connection to Discord, and what that promises in return.

Obligations, each with a test:

* `heard` never ends by itself, keeps gateway order and gives each frame once. A queue that overflows says so:
  the account stops being connected and a `Listening` that is no resume follows, so that history is read.
* `Listening` comes after the guild's subscription is sent and before anything that is heard under it.
* A session that becomes connected again says `Listening`, also where the gateway was never lost (a
  captcha or a required action is over): it is a resume only where nothing can have been missed.
* A trouble of the account is over when Discord takes it back, or when the same account (token and channel) is
  closed and opened anew; opening another channel of the token mends nothing.
* `send` is one POST. It raises nothing but `CancelledError`, which means the same as `Unknown`.
* `NotSent` and `Rejected` prove that nothing ran; `Throttled` and `Unknown` do not.
* Answers and the events that they cause come in any order.
* A token that Discord replaces is stored before anything else is sent.
* Absent is `None`; no type, error or token of the library leaves.
* Every call has a limit of its own; `aclose` takes under two seconds and leaves nothing behind.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from bridge.accounts.condition import Condition
from bridge.chat import Channel, Heard, Interaction, Message


@dataclass(frozen=True, slots=True)
class Taken:
    """Discord took the interaction (204)."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing left this machine: not connected, or the command is not known there."""

    reason: str
    is_lasting: bool = False
    """Trying again will not help: the command, an option or the button does not exist."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Discord answered 429; `retry_after_s` is its word, `is_global` its scope, `body` its text."""

    retry_after_s: float
    is_global: bool
    body: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Discord refused with a 4xx other than 429: nothing ran.

    `is_stale` says that the command's version was outdated: it has been looked up again, and sending once
    more is in order. `is_account` says that the refusal is about the account (401, 403, captcha, terms), not
    about this command; the session's condition then tells the rest.
    """

    status: int
    body: str
    is_stale: bool = False
    is_account: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The POST may or may not have run: a 5xx, a cut, a timeout."""

    reason: str


Sent: TypeAlias = Taken | NotSent | Throttled | Rejected | Unknown


class HistoryUnavailable(Exception):
    """Discord did not give what was asked for; `status` is its HTTP status, None when there was no answer."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class Session(Protocol):
    """One channel's view of the connection of one Discord token."""

    @property
    def condition(self) -> Condition:
        """In what condition the connection is, for this channel."""
        ...

    @property
    def user_id(self) -> str | None:
        """Who the token belongs to; None until Discord has said it."""
        ...

    def heard(self) -> AsyncIterator[Heard]:
        """Yield what is heard in this session's channel, and its interactions' events, without end."""
        ...

    async def changed(self) -> None:
        """Return when the condition has changed since the last call."""
        ...

    async def send(self, interaction: Interaction, nonce: str) -> Sent:
        """Run an interaction in this session's channel with exactly one POST."""
        ...

    async def history(self, after: str, at_most: int) -> Sequence[Message]:
        """Return up to `at_most` messages behind the snowflake `after`, oldest first; fewer only at the end.

        A row that cannot be read is left out and hides no other. Raises `HistoryUnavailable`.
        """
        ...

    async def message(self, message_id: str) -> Message | None:
        """Return a message as it is now, or None when it is gone.

        Raises `HistoryUnavailable`.
        """
        ...

    async def refresh(self, urls: Sequence[str]) -> dict[str, str]:
        """Return fresh links for attachment links, by the old ones; at most 50.

        Raises `HistoryUnavailable`.
        """
        ...

    async def aclose(self) -> None:
        """Let go of the connection; the last one to let go closes it."""
        ...


StoreToken: TypeAlias = Callable[[str], Awaitable[None]]
"""Stores (durably, encrypted) the token that Discord gave in place of the current one."""


Overhear: TypeAlias = Callable[[str | None, str, Mapping[str, object]], None]
"""Is told each raw event of the gateway, READY and its like left out: whose connection it is (the user's id),
the event's name, its payload. Raises nothing and keeps nothing of the payload but copies."""


class Sessions(Protocol):
    """Gives out sessions: one connection per token, however many channels it serves."""

    def open(self, token: str, channel: Channel, store_token: StoreToken) -> Session:
        """Return at once a session that connects by itself and stays until closed.

        A connection of this token that needs a person stays so, unless the channel is one that it serves, or
        served a moment ago: then the account is opened anew, because a person has acted.
        """
        ...
