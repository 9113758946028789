"""From times to figures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.marks import Heard


@dataclass(frozen=True)
class Spread:
    """How long something took, in milliseconds; `missing` of `count` never came."""

    count: int
    missing: int
    p50_ms: float
    p99_ms: float
    most_ms: float


def spread_of(written: Mapping[str, int], heard: Sequence[Heard]) -> Spread:
    """Return the spread of the time from writing to hearing, for everything that was written."""
    when = {mark: heard_ns for heard_ns, mark in heard}
    took = [(when[mark] - at_ns) / 1e6 for mark, at_ns in written.items() if mark in when]
    return spread(took, missing=len(written) - len(took))


def spread(took_ms: Sequence[float], missing: int = 0) -> Spread:
    """Return the spread of times in milliseconds."""
    took = sorted(took_ms)
    return Spread(len(took) + missing, missing, at(took, 0.5), at(took, 0.99), at(took, 1))


def at(sorted_values: Sequence[float], share: float) -> float:
    """Return the least value that `share` of the values do not exceed (the nearest-rank percentile)."""
    if not sorted_values:
        return float("nan")
    return sorted_values[max(0, math.ceil(share * len(sorted_values)) - 1)]


def ratio(value: float, other: float) -> str:
    """Return how many times another a value is."""
    return f"{value / other:.1f} ×" if other else "-"


def ms(value: float) -> str:
    """Return milliseconds as a table shows them."""
    return f"{value:.2f} ms"
