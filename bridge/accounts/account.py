"""An account: one Discord token serving one channel of one tenant."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bridge.accounts.guard_rails import GuardRails
from bridge.chat import Channel

MOST_JOBS: Final = 10


class Kind(StrEnum):
    """The kind of an account; only configured ones are listed and chosen automatically.

    A passing one was given in a request. The table `passing` is something else: interactions by hand.
    """

    CONFIGURED = "configured"
    PASSING = "passing"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A stored account. `token`: None if it cannot be decrypted; `mask`: what records show of it.

    `person`: the hash of its Discord person, which all tokens of the person share.

    `person_held_until_ms`: a global rate limit of Discord holds every account of the person until then;
    Discord said so at `person_held_ms`. `listened_ms`: how long it has listened in all. `unreached_ms`: for
    how long it has had no connection to Discord. `is_paused`: it takes no new jobs. `rails`: its
    guard rails.
    """

    id: int
    tenant: str
    kind: Kind
    server: str
    channel: str
    max_jobs: int
    mask: str
    token: str | None = field(repr=False)
    person: str = ""
    person_held_ms: int = 0
    person_held_until_ms: int = 0
    listened_ms: int = 0
    unreached_ms: int = 0
    updated_ms: int = 0
    is_paused: bool = False
    rails: GuardRails = field(default_factory=GuardRails)

    @property
    def place(self) -> Channel:
        """The channel in which the account uses the bot."""
        return Channel(guild=self.server, id=self.channel)

    def held_s(self, now_ms: int) -> float:
        """Return for how long the global rate limit still holds; the clock may have been set back since."""
        is_ahead = self.person_held_ms > now_ms
        return 0 if is_ahead else max(0, self.person_held_until_ms - now_ms) / 1000


def masked(token: str) -> str:
    """Return what a record shows of a token: its first and last three characters."""
    return f"{token[:3]}…secured…{token[-3:]}"
