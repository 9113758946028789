"""Why no account is connected: the reason and the remedy of each, as in the health."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bridge.accounts.condition import Condition

STOPPING: Final = "The bridge is stopping"
NOT_STARTED: Final = "it has not been started yet"
MOST_TOLD: Final = 3
"""How many accounts are told of: a tenant may have thousands."""


@dataclass(frozen=True, slots=True)
class NotConnected:
    """No account was connected within `patience_s`; no job was created. `details` says why."""

    details: str


def not_connected(conditions: Sequence[tuple[str, Condition | None]], count: int) -> NotConnected:
    """Return why none of `count` accounts is connected; `conditions` has those to be told of, by channel."""
    told = [f"Account {channel}: {_why(condition)}" for channel, condition in conditions]
    if count > len(told):
        told.append(f"{count - len(told)} more are not connected either.")
    return NotConnected(" ".join(told))


def _why(condition: Condition | None) -> str:
    why = condition.explanation or f"{condition.standing}." if condition else f"{NOT_STARTED}."
    return why if why.endswith(".") else f"{why}."
