"""What all metrics have in common: the prefix of their names, and how they are made.

A registry is left out where nobody reads what is counted, as in the tests of a part.
"""

from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

PREFIX: Final = "pixverse_bridge"
QUICK_S: Final = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Buckets for what takes milliseconds if all is well."""
SLOW_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0)
"""Buckets for what takes as long as a video."""


def counter(name: str, text: str, registry: CollectorRegistry | None, labels: Sequence[str] = ()) -> Counter:
    """Return a counter; the library adds `_total` to its name."""
    return Counter(f"{PREFIX}_{name}", text, labels, registry=registry)


def gauge(name: str, text: str, registry: CollectorRegistry | None) -> Gauge:
    """Return a gauge."""
    return Gauge(f"{PREFIX}_{name}", text, registry=registry)


def histogram(
    name: str,
    text: str,
    registry: CollectorRegistry | None,
    labels: Sequence[str] = (),
    buckets: Sequence[float] = QUICK_S,
) -> Histogram:
    """Return a histogram."""
    return Histogram(f"{PREFIX}_{name}", text, labels, registry=registry, buckets=buckets)
