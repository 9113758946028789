"""All metrics of a bridge, in a registry of its own, and their text for Prometheus.

A metric is counted where the thing happens, by a call that costs a few microseconds. What can be asked at the
moment is asked when Prometheus scrapes (`at_scrape`).
"""

import platform
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bridge.metrics.at_scrape import AtScrape, Found
from bridge.metrics.callbacks import CallbackMetrics
from bridge.metrics.families import PREFIX
from bridge.metrics.feed import FeedMetrics
from bridge.metrics.gateway import GatewayMetrics
from bridge.metrics.http import HttpMetrics
from bridge.metrics.jobs import JobMetrics
from bridge.metrics.loop import LoopMetrics
from bridge.metrics.messages import MessageMetrics
from bridge.metrics.store import StoreMetrics
from bridge.ports import Clock

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4


class Metrics:
    """The metrics, by what they are about."""

    def __init__(self, clock: Clock, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        registry = self._registry = CollectorRegistry()
        self.http = HttpMetrics(registry)
        self.jobs = JobMetrics(registry)
        self.gateway = GatewayMetrics(registry)
        self.messages = MessageMetrics(registry)
        self.feed = FeedMetrics(clock, registry)
        self.callbacks = CallbackMetrics(registry)
        self.store = StoreMetrics(clock, registry)
        self.loop = LoopMetrics(registry)
        self._at_scrape = AtScrape()
        build = Info(f"{PREFIX}_build", "Version of the bridge, and of Python.", registry=registry)
        build.info({"version": version, "python": platform.python_version()})
        registry.register(self._at_scrape)
        ProcessCollector(registry=registry)

    def text(self, found: Found) -> bytes:
        """Return all metrics; `found` is what was asked for this scrape."""
        self._at_scrape.found = found
        return generate_latest(self._registry)
