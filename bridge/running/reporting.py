"""What the log says of a running account now and then: ignored messages, and jobs that cannot be read."""

from collections import Counter
from typing import Final

import structlog

from bridge.flows.context import AccountContext
from bridge.ports import MINUTE_MS
from bridge.store.rows import jobs

log = structlog.get_logger(__name__)

REPORT_MS: Final = MINUTE_MS


class IgnoredMessages:
    """Logs how many messages were someone else's, by reason, when there are more."""

    def __init__(self, context: AccountContext, ignored: Counter[str]) -> None:
        self._context = context
        self._ignored = ignored
        self._reported_ms = context.clock.monotonic_ms() - REPORT_MS
        self._reported = 0

    def report(self) -> None:
        """Log the counts if they have grown, once a minute at most."""
        now_ms, count = self._context.clock.monotonic_ms(), self._ignored.total()
        if count > self._reported and now_ms - self._reported_ms >= REPORT_MS:
            self._reported_ms, self._reported = now_ms, count
            log.info("messages_ignored", count=count, by=dict(self._ignored))


class UnreadableJobs:
    """Logs jobs that cannot be read, each once; the others go on without them."""

    def __init__(self, context: AccountContext) -> None:
        self._context = context
        self._read_ms = context.clock.monotonic_ms() - REPORT_MS
        self._reported: set[str] = set()

    async def report(self) -> None:
        """Look for such jobs once a minute at most, and log those that are new."""
        now_ms, account = self._context.clock.monotonic_ms(), self._context.account.id
        if now_ms - self._read_ms < REPORT_MS:
            return
        self._read_ms = now_ms
        found = await self._context.database.read(lambda tx: jobs.unreadable_ids(tx, account))
        for job_id in set(found) - self._reported:
            self._reported.add(job_id)
            log.error("job_cannot_be_read", job_id=job_id)
