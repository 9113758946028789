"""Snowflakes: ids that hold the time they were made (Discord's docs, "Reference", section "Snowflakes")."""

from collections.abc import Callable

__all__ = ["EPOCH_MS", "Snowflakes", "made_at_ms", "snowflake_of"]

EPOCH_MS = 1_420_070_400_000


class Snowflakes:
    """Makes ids of the present time, each greater than the one before."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._last = 0

    def next(self) -> int:
        """Return a new id."""
        self._last = max(self._last + 1, snowflake_of(self._now_ms()))
        return self._last


def snowflake_of(at_ms: int) -> int:
    """Return the smallest id of that millisecond."""
    return (at_ms - EPOCH_MS) << 22


def made_at_ms(snowflake: int) -> int:
    """Return when an id was made."""
    return (snowflake >> 22) + EPOCH_MS
