"""Durations as a person writes them: `6s`, `30m`, `12h`, `90d`."""

import re
from typing import Final

_UNITS_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_FORM: Final = re.compile(r"([1-9][0-9]{0,8})([smhd])")
LONGEST_MS: Final = 36_500 * 86_400_000
"""A hundred years: what is more is a slip, and would be no date."""


class NoDuration(ValueError):
    """The text is no duration; the message says what one looks like."""


def duration_ms(text: str) -> int:
    """Return a duration in milliseconds; raises `NoDuration`."""
    found = _FORM.fullmatch(text)
    if not found:
        raise NoDuration(f"{text[:40]!r} is not a duration such as 6s, 30m, 12h or 90d")
    ms = int(found[1]) * _UNITS_MS[found[2]]
    if ms > LONGEST_MS:
        raise NoDuration(f"{text} is more than a hundred years")
    return ms
