"""What is asked when Prometheus scrapes: how things are at the moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bridge.metrics.families import PREFIX


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database says, of all tenants: the same for every bridge that shares it."""

    open_jobs: Mapping[str, int]
    strays: int
    owed: int
    oldest_owed_s: float
    configured: int
    paused: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was found; `stored` is None if the database did not answer in time.

    `conditions` are those of the accounts that this process runs, `open_jobs` those of all by state.
    """

    streams: int
    conditions: Mapping[str, int] = field(default_factory=dict)
    stored: Stored | None = None


class AtScrape(Collector):
    """Makes gauges of what was found last."""

    def __init__(self) -> None:
        self.found = Found(0)

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges; what is not known is absent."""
        found, stored = self.found, self.found.stored
        yield _gauge("streams", "Open event streams of this process.", found.streams)
        yield _labelled(
            "accounts", "Accounts that this process runs, by condition.", "condition", found.conditions
        )
        yield _gauge(
            "store_up", "1 if the database answered within 2 seconds at this scrape.", int(stored is not None)
        )
        if stored is not None:
            yield from _stored(stored)


def _stored(stored: Stored) -> Iterable[Metric]:
    yield _labelled("open_jobs", "Jobs that have not ended, by state.", "state", stored.open_jobs)
    yield _gauge("strays", "Messages that are kept because nothing decides whose they are.", stored.strays)
    yield _gauge("callbacks_owed", "Callbacks that are not delivered yet, 10,000 at most.", stored.owed)
    yield _gauge(
        "callbacks_oldest_seconds",
        "Age of the oldest of them, 0 without any.",
        stored.oldest_owed_s,
    )
    yield _gauge("accounts_configured", "Configured accounts.", stored.configured)
    yield _gauge("accounts_paused", "Configured accounts that are paused.", stored.paused)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", text, value=value)


def _labelled(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(f"{PREFIX}_{name}", text, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family
