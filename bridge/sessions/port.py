"""The session port: what the bridge asks of a connection to Discord, and what that promises in return.

Obligations, each with a test:

* `heard` never ends by itself, keeps gateway order and gives each frame once. A queue that overflows says so:
  the account stops being connected and a `Listening` that is no resume follows, so that history is read.
* `Listening` comes after the guild's subscription is sent and before anything that is heard under it.
* A session that becomes connected again says `Listening`, also where the gateway was never lost (a
  captcha or a required action is over): it is a resume only where nothing can have been missed.
* A trouble of the account is over when Discord takes it back, or when the same account (token and channel) is
  closed and opened anew; opening another channel of the token mends nothing.
* `prepare` runs nothing at the bot: it may be repeated, and cancelled at any moment. It raises nothing but
  `CancelledError`.
* `post` is one POST, and the only thing that runs anything. It raises nothing but `CancelledError`, which
  means the same as `Unknown`.
* Where Discord asks for silence about everything, nothing more is asked of it with any token of that person
  until then: neither a POST of an interaction nor a login nor anything else.
* `NotSent` and `Rejected` prove that nothing ran; `Throttled` and `Unknown` do not.
* Answers and the events that they cause come in any order.
* A token that Discord replaces is stored before anything else is sent.
* Absent is `None`; no type, error or token of the library leaves.
* Every call has a limit of its own; `aclose` takes under two seconds and leaves nothing behind. Cancelled, it
  waits no longer, and the session closes all the same.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from bridge.accounts.condition import Condition
from bridge.chat import Channel, Heard, Interaction, Message

MOST_LINKS: Final = 50
"""How many links Discord refreshes with one request."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An interaction that lacks nothing but its POST: the command is looked up, the files are uploaded.

    `made_ms`: when that was begun, by the monotonic clock. `payload`: what is posted, without gateway
    session and nonce.
    """

    interaction: Interaction
    made_ms: int
    payload: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """Discord took the interaction (204)."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing ran: not connected, no answer before the POST, or the command is not known there."""

    reason: str
    is_lasting: bool = False
    """Trying again will not help: the command, an option or the button does not exist."""
    is_outage: bool = False
    """Discord's REST gave no answer that could be used: a 5xx, or none at all."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Discord answered 429; `retry_after_s` is its word, `is_global` its scope, `body` its text."""

    retry_after_s: float
    is_global: bool
    body: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Discord's API refused with a 4xx other than 429: nothing ran.

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
    """The POST may or may not have run: a 5xx, a cut, a timeout, a 4xx that is not of Discord's API."""

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

    @property
    def held_until_ms(self) -> int:
        """Until when, by the monotonic clock, Discord wants nothing more asked by this person."""
        ...

    async def prepare(self, interaction: Interaction) -> Prepared | NotSent:
        """Do all that running an interaction takes before its POST: look up, check, upload."""
        ...

    def is_current(self, prepared: Prepared) -> bool:
        """Tell whether what was prepared can be posted: it is not too old, its command has not changed."""
        ...

    async def post(self, prepared: Prepared, nonce: str) -> Sent:
        """Run what was prepared, in this session's channel, with exactly one POST."""
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
        """Return fresh links for attachment links, by the old ones; at most `MOST_LINKS`.

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

    def open(self, token: str, channel: Channel, store_token: StoreToken, silent_s: float = 0) -> Session:
        """Return at once a session that connects by itself and stays until closed.

        `silent_s`: for how long Discord wants nothing asked by the token's person, as is known from before.

        A connection of this token that needs a person stays so, unless the channel is one that it serves, or
        served a moment ago: then the account is opened anew, because a person has acted.
        """
        ...
