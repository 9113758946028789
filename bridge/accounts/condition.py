"""The condition of an account: what is wrong, since when, and how to fix it."""

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """The seven conditions of an account (docs/glossary.md)."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    BAD_TOKEN = "bad_token"  # noqa: S105 - a condition's name, no secret
    NEEDS_HUMAN = "needs_human"
    OUT_OF_CREDITS = "out_of_credits"
    STOPPED = "stopped"


UNUSABLE = frozenset({Standing.BAD_TOKEN, Standing.NEEDS_HUMAN, Standing.OUT_OF_CREDITS, Standing.STOPPED})
HEARING = frozenset({Standing.CONNECTED, Standing.OUT_OF_CREDITS})


@dataclass(frozen=True, slots=True)
class Condition:
    """A standing with its time, reason and remedy; `since_ms` is milliseconds UTC."""

    standing: Standing
    since_ms: int
    reason: str | None = None
    remedy: str | None = None

    @property
    def is_connected(self) -> bool:
        """Return whether jobs can be sent now."""
        return self.standing is Standing.CONNECTED

    @property
    def is_unusable(self) -> bool:
        """Return whether a person must act: waiting will not help."""
        return self.standing in UNUSABLE

    @property
    def hears(self) -> bool:
        """Return whether it has a connection, on which the results of earlier jobs arrive."""
        return self.standing in HEARING

    @property
    def explanation(self) -> str | None:
        """The reason and the remedy as one text for a person, None if there are none."""
        return ". ".join(each for each in (self.reason, self.remedy) if each) or None
