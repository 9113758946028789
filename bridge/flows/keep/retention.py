"""What was kept long enough is let go of: little by little, and always what refers before what it refers to.

A crash between two transactions leaves nothing that is wrong: what is still there goes in the next pass.
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
    accounts,
    events,
    idempotency,
    jobs,
    links,
    messages,
    passing,
    retention,
    tombstones,
)

log = structlog.get_logger(__name__)

EVERY_S: Final = 60.0
AT_ONCE: Final = 50
"""How many rows one transaction lets go of; other writers have their turn between two.

Of 100,000 jobs 50 take about 12 ms of the database's thread (docs/benchmarks.md).
"""
UNUSED_MS: Final = DAY_MS
"""For how long an account that is in no list and has no job is kept."""

Find: TypeAlias = Callable[[Tx, int, int], Sequence[Any]]
Delete: TypeAlias = Callable[[Tx, Any], object]


@dataclass(frozen=True, slots=True)
class RetentionStep:
    """One kind of what grows old: how it is found and let go of; `before_ms` is where the old ends."""

    name: str
    find: Find
    delete: Delete
    before_ms: int

    def some(self, tx: Tx) -> Sequence[Any]:
        """Return what is old, at most so much as goes at once."""
        return self.find(tx, self.before_ms, AT_ONCE)

    def take(self, tx: Tx) -> int:
        """Let go of what is old, and return how much that was."""
        found = self.some(tx)
        for one in found:
            self.delete(tx, one)
        return len(found)


@dataclass(frozen=True, slots=True)
class Retention:
    """Keeps jobs for `keep_ms` after their end, and that they were there for as long again.

    Progress in the change log is kept for `keep_progress_ms`.

    `running` tells which accounts are connected or connecting: none is taken away under its work.
    """

    database: Database
    clock: Clock
    keep_ms: int
    running: Callable[[], Set[int]]
    keep_progress_ms: int = DAY_MS

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            await self.look()
            await self.clock.sleep(EVERY_S)

    async def look(self) -> None:
        """Let go of all that is old now; when the store is not available, in the next pass."""
        for step in self._steps(self.clock.now_ms()):
            try:
                await self._taken(step)
            except StoreUnavailable as error:
                log.warning("old_rows_were_kept", kind=step.name, reason=str(error))
                return
            except Exception:
                log.exception("old_rows_were_kept", kind=step.name)

    async def _taken(self, step: RetentionStep) -> None:
        """Take one step to its end; where nothing is old, nothing is written."""
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
            RetentionStep("tombstones", tombstones.older_than, tombstones.delete, kept_ms),
            RetentionStep(
                "keys", idempotency.older_than, _by_parts(idempotency.delete), now_ms - idempotency.KEPT_MS
            ),
            RetentionStep(
                "strays", messages.old_strays, _by_parts(messages.delete_stray), now_ms - messages.STRAY_MS
            ),
            RetentionStep("passing", passing.older_than, _by_parts(passing.delete), now_ms - passing.KEPT_MS),
            RetentionStep("links", links.dead, links.delete, now_ms),
        )
        unused = partial(accounts.unused, running=self.running())
        yield RetentionStep("accounts", unused, accounts.delete, now_ms - UNUSED_MS)


def _delete_job(now_ms: int, tx: Tx, job: str) -> None:
    retention.delete_job(tx, job, now_ms)


def _by_parts(delete: Callable[..., object]) -> Delete:
    """Return what deletes a row by a key of several parts."""
    return lambda tx, key: delete(tx, *key)
