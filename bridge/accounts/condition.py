"""In what condition an account is: what is wrong, since when, and what a person can do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """The six conditions of an account (docs/glossary.md)."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    BAD_TOKEN = "bad_token"  # noqa: S105 - a condition's name, no secret
    NEEDS_HUMAN = "needs_human"
    STOPPED = "stopped"


UNUSABLE = frozenset({Standing.BAD_TOKEN, Standing.NEEDS_HUMAN, Standing.STOPPED})


@dataclass(frozen=True, slots=True)
class Condition:
    """A standing with its story; `since_ms` is milliseconds UTC."""

    standing: Standing
    since_ms: int
    reason: str | None = None
    remedy: str | None = None

    @property
    def is_connected(self) -> bool:
        """Tell whether jobs can be sent at once."""
        return self.standing is Standing.CONNECTED

    @property
    def is_unusable(self) -> bool:
        """Tell whether waiting will not help: a person has to act first."""
        return self.standing in UNUSABLE
