"""Spans of time as a person writes them: `6s`, `30m`, `12h`, `90d`."""

import re
from typing import Final

_UNITS_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SPAN: Final = re.compile(r"([1-9][0-9]{0,8})([smhd])")
MOST_MS: Final = 36_500 * 86_400_000
"""A hundred years: what is more is a slip, and would be no date."""


class NoSpan(ValueError):
    """The text is no span of time; the message says what one looks like."""


def span_ms(text: str) -> int:
    """Return a span in milliseconds; raises `NoSpan`."""
    found = _SPAN.fullmatch(text)
    if not found:
        raise NoSpan(f"{text[:40]!r} is not a duration such as 6s, 30m, 12h or 90d")
    ms = int(found[1]) * _UNITS_MS[found[2]]
    if ms > MOST_MS:
        raise NoSpan(f"{text} is more than a hundred years")
    return ms
