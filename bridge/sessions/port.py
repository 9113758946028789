"""The session port: the interface to a connection to Discord, and its guarantees.

Guarantees, each with a test:

* `heard` does not end until the session is closed, keeps gateway order and yields each event once. After an
  overflow the session is not connected and a `Listening` without resume follows, so that history is read.
* `Listening` comes after the guild subscription was sent and before any event received under it.
* A session that becomes connected again yields `Listening`, also if the gateway connection was never lost (a
  captcha or a required action is over). `is_resumed` is only set if no event can have been missed.
* A trouble of the account ends when Discord withdraws it, or when the same account (token and channel) is
  closed and opened again; opening another channel of the token does not end it. A channel that the account
  does not see is a trouble from the connect on; that ends by itself when the account sees it.
* `prepare` runs nothing at the bot: it can be repeated, and cancelled at any time. It raises only
  `CancelledError`.
* `post` makes one POST, and only `post` runs anything. It raises only `CancelledError`, which means the same
  as `Unknown`.
* After a global 429, no request is made with any token of that person until the time has passed: no POST of
  an interaction, no login, nothing else.
* `NotSent` and `Rejected` prove that nothing ran; `Throttled` and `Unknown` do not.
* Answers and the events that they cause arrive in any order.
* A token that Discord replaces is stored before anything else is sent.
* Absent fields are `None`; no type, error or token of the library crosses this interface.
* Every call has a time limit; `aclose` takes less than two seconds and leaves nothing running. If it is
  cancelled, it returns at once, and the session still closes.
"""

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from bridge.accounts.condition import Condition
from bridge.chat import Channel, GatewaySession, Heard, Interaction, Message

LONGEST_RETRY_S: Final = 86_400.0
"""The longest `Retry-After` that is respected."""
MOST_LINKS: Final = 50
"""How many links Discord refreshes with one request."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An interaction that is ready for its POST: the command is looked up, the files are uploaded.

    `made_ms`: when the preparation started, by the monotonic clock. `payload`: the body of the POST, without
    gateway session and nonce.
    """

    interaction: Interaction
    made_ms: int
    payload: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """Discord accepted the interaction (204)."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing ran: not connected, no answer before the POST, or the command is not known there."""

    reason: str
    is_lasting: bool = False
    """A retry will not help: the command, an option or the button does not exist."""
    is_outage: bool = False
    """Discord's REST API gave no usable answer: a 5xx, or none at all."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Discord answered 429, with its `retry_after_s`, whether it is global, and its body."""

    retry_after_s: float
    is_global: bool
    body: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Discord's API refused with a 4xx other than 429: nothing ran.

    `is_stale`: the command's version was outdated. It has been looked up again, and the interaction may be
    sent once more. `is_account`: the refusal is about the account (401, 403, captcha, terms), not about this
    command; the session's condition has the details.
    """

    status: int
    body: str
    is_stale: bool = False
    is_account: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The POST may or may not have run: a 5xx, a cut, a timeout, a 4xx that is not from Discord's API."""

    reason: str


Sent: TypeAlias = Taken | NotSent | Throttled | Rejected | Unknown


class HistoryUnavailable(Exception):
    """Discord did not return the requested data; `status` is its HTTP status, None without an answer."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class Session(Protocol):
    """One channel's view of the connection of one Discord token."""

    @property
    def channel(self) -> Channel:
        """The channel or thread in which the account uses the bot."""
        ...

    @property
    def condition(self) -> Condition:
        """The condition of the connection, for this channel."""
        ...

    @property
    def user_id(self) -> str | None:
        """The user id of the token; None until it is known."""
        ...

    @property
    def token(self) -> str | None:
        """The token that the connection logs in with: Discord may have replaced the one of `open`."""
        ...

    def heard(self) -> AsyncIterator[Heard]:
        """Yield the messages of this session's channel and the events of its interactions."""
        ...

    async def changed(self) -> None:
        """Return when the condition has changed since the last call."""
        ...

    @property
    def next_try_ms(self) -> int | None:
        """The time of the next attempt to connect, which may have begun; None while connected."""
        ...

    @property
    def held_until_monotonic_ms(self) -> int:
        """The monotonic time until which the person's global rate limit applies."""
        ...

    @property
    def most_file_bytes(self) -> int | None:
        """How large a file Discord takes from this account here, None while that is not known."""
        ...

    async def prepare(self, interaction: Interaction) -> Prepared | NotSent:
        """Do everything that an interaction needs before its POST: look up, check, upload."""
        ...

    def is_current(self, prepared: Prepared) -> bool:
        """Return whether it can still be posted: it is not too old, and its command has not changed."""
        ...

    async def post(self, prepared: Prepared, nonce: str, *, leave_within_s: float = math.inf) -> Sent:
        """Run a prepared interaction in this session's channel, with exactly one POST.

        It begins to leave this machine within `leave_within_s`, or never.
        """
        ...

    async def history(self, after: str, at_most: int) -> Sequence[Message]:
        """Return up to `at_most` messages after the snowflake `after`, oldest first; fewer only at the end.

        Unreadable rows are left out and do not count. Raises `HistoryUnavailable`.
        """
        ...

    async def message(self, message_id: str) -> Message | None:
        """Return the current version of a message, None if it was deleted.

        Raises `HistoryUnavailable`.
        """
        ...

    async def refresh(self, urls: Sequence[str]) -> dict[str, str]:
        """Return fresh links for at most `MOST_LINKS` attachment links, keyed by the old ones.

        Raises `HistoryUnavailable`.
        """
        ...

    def resumable(self) -> GatewaySession | None:
        """Return how another process can go on behind the last event, None while one is being processed."""
        ...

    async def hand_over(self) -> GatewaySession | None:
        """End the connection with all its sessions; return how another process can resume it, if it can."""
        ...

    async def aclose(self) -> None:
        """Disconnect the session; the last session of a token closes its connection."""
        ...


StoreToken: TypeAlias = Callable[[str], Awaitable[None]]
"""Stores (durably, encrypted) a token by which Discord replaced the current one."""


Overhear: TypeAlias = Callable[[str | None, str, Mapping[str, object]], None]
"""Is called with each raw gateway event except READY and the like: the user id of the connection, the event's
name and its payload. Raises nothing, and keeps only copies of the payload."""


class Sessions(Protocol):
    """Opens sessions: one connection per token, however many channels it serves."""

    def open(
        self,
        token: str,
        channel: Channel,
        store_token: StoreToken,
        held_s: float = 0,
        resumed: GatewaySession | None = None,
    ) -> Session:
        """Return a session at once; it connects in the background and stays connected until closed.

        `resumed`: the gateway session of another process, which is tried first. What was missed of it comes
        before a `Listening` without resume: what the other process had not finished is in the history.

        `held_s`: for how many seconds a known global rate limit of the token's person still applies.

        If the token's connection needs a person, it stays so, unless it serves the channel or did so a moment
        ago: then the account counts as opened again, because a person has acted.
        """
        ...

    async def reaches_discord(self) -> bool:
        """Return whether Discord can be reached at all; asks it without a token."""
        ...
