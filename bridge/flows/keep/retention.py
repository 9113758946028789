"""Deletes old rows in small transactions, and always rows that refer to a row before that row.

After a crash between two transactions the data is consistent, and the next pass deletes the rest.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

import structlog

from bridge.ports import DAY_MS, Clock
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import (
    api_tokens,
    events,
    gateway_sessions,
    idempotency,
    jobs,
    last_commits,
    link_requests,
    links,
    messages,
    open_submits,
    passing,
    retention,
    tombstones,
    unused_accounts,
)

log = structlog.get_logger(__name__)

EVERY_S: Final = 60.0
AT_ONCE: Final = 50
"""How many rows one transaction deletes; other writers run in between.

Of 100,000 jobs 50 take about 12 ms of the database's thread (docs/benchmarks.md).
"""
UNUSED_MS: Final = DAY_MS
"""How long an account that is not configured and has no job is kept, and the last commit of a process."""

Find: TypeAlias = Callable[[Tx, int, int], Sequence[Any]]
Delete: TypeAlias = Callable[[Tx, Any], object]


@dataclass(frozen=True, slots=True)
class RetentionStep:
    """One kind of old rows: how to find and delete them; `before_ms` is the limit of their age."""

    name: str
    find: Find
    delete: Delete
    before_ms: int

    def some(self, tx: Tx) -> Sequence[Any]:
        """Return old rows, at most as many as one transaction deletes."""
        return self.find(tx, self.before_ms, AT_ONCE)

    def take(self, tx: Tx) -> int:
        """Delete old rows, and return how many."""
        found = self.some(tx)
        for one in found:
            self.delete(tx, one)
        return len(found)


@dataclass(frozen=True, slots=True)
class Retention:
    """Keeps jobs for `keep_ms` after their end, and their tombstones for as long again.

    Progress in the change log is kept for `keep_progress_ms`. `setting` is the digest of the configured API
    token, which is kept: a later start would take it for a new one.

    `running` returns the accounts that are connected or connecting, which are never deleted.
    """

    database: Database
    clock: Clock
    keep_ms: int
    running: Callable[[], Set[int]]
    keep_progress_ms: int = DAY_MS
    setting: str = ""

    async def run(self) -> None:
        """Run a pass now and then, until cancelled."""
        while True:
            await self.look()
            await self.clock.sleep(EVERY_S)

    async def look(self) -> None:
        """Delete everything that is old now; if the store is not available, in the next pass."""
        for step in self._steps(self.clock.now_ms()):
            try:
                await self._run_step(step)
            except StoreUnavailable as error:
                log.warning("old_rows_were_kept", kind=step.name, reason=str(error))
                return
            except Exception:
                log.exception("old_rows_were_kept", kind=step.name)

    async def _run_step(self, step: RetentionStep) -> None:
        """Run one step until nothing is old; write nothing if nothing is."""
        total = 0
        while await self.database.read(step.some):
            count = await self.database.write(step.take)
            total += count
            if count < AT_ONCE:
                break
            await asyncio.sleep(0)
        if total:
            log.info("old_rows_dropped", kind=step.name, count=total)

    def _steps(self, now_ms: int) -> Iterator[RetentionStep]:
        kept_ms = now_ms - self.keep_ms
        yield from (
            RetentionStep("deliveries", retention.old_deliveries, retention.delete_delivery, kept_ms),
            RetentionStep("progress", retention.old_progress, events.delete, now_ms - self.keep_progress_ms),
            RetentionStep("events", retention.old_events, retention.delete_event, kept_ms),
            RetentionStep("owed", retention.overdue_jobs, jobs.stop_tracking, kept_ms),
            RetentionStep("unreadable", retention.unreadable_jobs, partial(_delete_job, now_ms), kept_ms),
            RetentionStep("jobs", retention.old_jobs, partial(_delete_job, now_ms), kept_ms),
            RetentionStep(
                "unplaced_jobs", retention.old_unplaced_jobs, partial(_delete_job, now_ms), kept_ms
            ),
            RetentionStep("tombstones", tombstones.older_than, tombstones.delete, kept_ms),
            RetentionStep(
                "keys", idempotency.older_than, _by_parts(idempotency.delete), now_ms - idempotency.KEPT_MS
            ),
            RetentionStep(
                "strays", messages.old_strays, _by_parts(messages.delete_stray), now_ms - messages.STRAY_MS
            ),
            RetentionStep("passing", passing.older_than, _by_parts(passing.delete), now_ms - passing.KEPT_MS),
            RetentionStep("links", links.dead, links.delete, now_ms),
            RetentionStep(
                "gateway_sessions",
                gateway_sessions.older_than,
                gateway_sessions.delete,
                now_ms - gateway_sessions.RESUMABLE_MS,
            ),
            RetentionStep("link_requests", link_requests.older_than, link_requests.delete, now_ms),
            RetentionStep("last_commits", last_commits.older_than, last_commits.delete, now_ms - UNUSED_MS),
            RetentionStep("open_submits", open_submits.older_than, open_submits.delete, now_ms),
        )
        closed = partial(api_tokens.closed, but=self.setting)
        yield RetentionStep("api_tokens", closed, api_tokens.delete, kept_ms)
        unused = partial(unused_accounts.unused, running=self.running())
        yield RetentionStep("accounts", unused, unused_accounts.delete, now_ms - UNUSED_MS)


def _delete_job(now_ms: int, tx: Tx, job: str) -> None:
    retention.delete_job(tx, job, now_ms)


def _by_parts(delete: Callable[..., object]) -> Delete:
    """Return what deletes a row by a key of several parts."""
    return lambda tx, key: delete(tx, *key)
