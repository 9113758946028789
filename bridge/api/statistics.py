"""How many jobs there are by status, and an account's last day by the hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from aiohttp import web

from bridge.api.contract.looking import (
    CountsBody,
    EndedCounts,
    HourBody,
    OpenCounts,
    StatisticsBody,
)
from bridge.api.contract.views import moment
from bridge.api.contract.wording import not_configured
from bridge.api.http.answers import as_json
from bridge.api.http.guard import TENANT
from bridge.ports import DAY_MS, HOUR_MS, Clock
from bridge.store.database import Database, Tx
from bridge.store.rows import statistics
from bridge.store.rows.accounts import listed_in
from bridge.store.rows.statistics import EndedJob

HOURS = 24


@dataclass(frozen=True, slots=True)
class StatisticsResource:
    """Handlers of `/v1/pixverse/jobs/counts` and of an account's `statistics`."""

    database: Database
    clock: Clock

    async def counts(self, request: web.Request) -> web.Response:
        """Answer with how many jobs are running, and how many have ended within a day, by status."""
        tenant, since_ms = request[TENANT], self.clock.now_ms() - DAY_MS

        def count(tx: Tx) -> CountsBody:
            return CountsBody(
                open=OpenCounts(**statistics.open_by_status(tx, tenant)),
                lastDay=EndedCounts(**statistics.ended_by_status(tx, tenant, since_ms)),
            )

        return as_json((await self.database.query(count)).model_dump())

    async def of_account(self, request: web.Request) -> web.Response:
        """Answer with the last 24 hours of a channel's account."""
        tenant, channel = request[TENANT], request.match_info["channel"]
        first_ms = self.clock.now_ms() // HOUR_MS * HOUR_MS - (HOURS - 1) * HOUR_MS

        def look(tx: Tx) -> Sequence[EndedJob] | None:
            if listed_in(tx, tenant, channel) is None:
                return None
            return statistics.ended_in_channel(tx, tenant, channel, first_ms)

        ended = await self.database.query(look)
        if ended is None:
            raise not_configured(channel)
        hours = [_hour(first_ms + number * HOUR_MS, ended) for number in range(HOURS)]
        return as_json(StatisticsBody(channel=channel, hours=hours).model_dump())


def _hour(begins_ms: int, ended: Sequence[EndedJob]) -> HourBody:
    mine = [job for job in ended if begins_ms <= job.ended_ms < begins_ms + HOUR_MS]
    statuses = [job.status for job in mine]
    waits_ms = sorted(job.waited_ms for job in mine if job.waited_ms is not None)
    return HourBody(
        hour=moment(begins_ms),
        waitP50=_percentile_s(waits_ms, 50),
        waitP95=_percentile_s(waits_ms, 95),
        **{status: statuses.count(status) for status in EndedCounts.model_fields},
    )


def _percentile_s(waits_ms: Sequence[int], percent: int) -> float | None:
    """Return the shortest wait that so many percent did not exceed, in seconds."""
    return waits_ms[ceil(len(waits_ms) * percent / 100) - 1] / 1000 if waits_ms else None
