"""The header `traceparent` (W3C Trace Context, section 3.2)."""

import re
from dataclasses import dataclass
from typing import Final

HEADER: Final = "traceparent"
_FORM: Final = re.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_INVALID: Final = "ff"
_FIRST: Final = "00"
_SAMPLED: Final = 1


@dataclass(frozen=True, slots=True)
class Traceparent:
    """A span of somebody: its trace, its id, and whether it is recorded."""

    trace_id: int
    span_id: int
    is_sampled: bool


def read(text: str) -> Traceparent | None:
    """Return what a header says; None for one that is to be ignored.

    One of a later version may go on behind what this version has.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    is_known = version != _INVALID and not (version == _FIRST and more)
    if not is_known or not int(trace_id, 16) or not int(span_id, 16):
        return None
    return Traceparent(int(trace_id, 16), int(span_id, 16), bool(int(flags, 16) & _SAMPLED))


def written(one: Traceparent) -> str:
    """Return the header of a span, in the first version."""
    return f"{_FIRST}-{one.trace_id:032x}-{one.span_id:016x}-{int(one.is_sampled):02x}"
