"""When a callback is retried; pure."""

import random
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Final

JITTER: Final = 0.2
LONGEST_ASKED_S: Final = 86_400.0
"""The longest delay that a receiver can request."""


def next_pause_s(
    tries: int, pauses_s: Sequence[float], chance: random.Random, asked_s: float = 0.0
) -> float | None:
    """Return the pause in seconds after attempt number `tries` (from 1), None after the last one.

    A delay that the receiver requests makes the pause longer, never shorter.
    """
    if tries > len(pauses_s):
        return None
    pause_s = pauses_s[tries - 1] * chance.uniform(1 - JITTER, 1 + JITTER)
    return max(pause_s, min(asked_s, LONGEST_ASKED_S))


def asked_pause_s(retry_after: str | None, now_ms: int) -> float:
    """Return the delay in a `Retry-After` (seconds or a date) in seconds; 0 if absent or invalid."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:10])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_ms / 1000)
    except (ValueError, OverflowError, OSError):
        return 0.0
