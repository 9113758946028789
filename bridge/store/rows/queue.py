"""The jobs that wait for an account, in the order in which they are given one (`bridge/jobs/queue.py`)."""

import json
from collections.abc import Sequence

from bridge.jobs.queue import QueuedJob
from bridge.store.database import Row, Tx


def places(tx: Tx, tenant: str, priority: int, group: str) -> tuple[int | None, int | None]:
    """Return the last place of a group, and the highest place of the first jobs of all groups.

    Only a tenant's waiting jobs of a priority count.
    """
    row = tx.one(
        """
        SELECT max(CASE WHEN grouped_by = :group THEN last_place END) AS last_of_group,
               max(first_place) AS last_turn
          FROM (SELECT grouped_by, min(place) AS first_place, max(place) AS last_place
                  FROM queue WHERE tenant = :tenant AND priority = :priority
                 GROUP BY grouped_by) AS waiting
        """,
        tenant=tenant,
        priority=priority,
        group=group,
    )
    return (row["last_of_group"], row["last_turn"]) if row else (None, None)


def add(tx: Tx, queued: QueuedJob) -> None:
    """Add a job."""
    tx.run(
        """
        INSERT INTO queue (job, tenant, priority, place, number, grouped_by, channel, account, most_jobs,
                           file_bytes, queued_ms, labels)
        VALUES (:job, :tenant, :priority, :place, :number, :grouped_by, :channel, :account, :most_jobs,
                :file_bytes, :queued_ms, :labels)
        """,
        job=queued.job_id,
        tenant=queued.tenant,
        priority=queued.priority,
        place=queued.place,
        number=queued.number,
        grouped_by=queued.grouped_by,
        channel=queued.channel,
        account=queued.account,
        most_jobs=queued.most_jobs,
        file_bytes=queued.file_bytes,
        queued_ms=queued.queued_ms,
        labels=json.dumps(queued.labels) if queued.labels else None,
    )


def remove(tx: Tx, job: str) -> None:
    """Remove a job that has an account now, or has ended."""
    tx.run("DELETE FROM queue WHERE job = :job", job=job)


def behind(tx: Tx, tenant: str, last: QueuedJob | None, at_most: int) -> Sequence[QueuedJob]:
    """Return the waiting jobs of a tenant behind a job, in order; without one, the first."""
    priority, place, number = (-last.order[0], last.place, last.number) if last else (10, 0, 0)
    rows = tx.all(
        """
        SELECT * FROM queue
         WHERE tenant = :tenant
           AND (priority < :priority
                OR (priority = :priority AND (place > :place OR (place = :place AND number > :number))))
         ORDER BY priority DESC, place, number LIMIT :at_most
        """,
        tenant=tenant,
        priority=priority,
        place=place,
        number=number,
        at_most=at_most,
    )
    return [_queued(row) for row in rows]


def tenants(tx: Tx) -> Sequence[str]:
    """Return whose jobs wait."""
    rows = tx.all("SELECT DISTINCT tenant FROM queue ORDER BY tenant")
    return [row["tenant"] for row in rows]


def wanted_accounts(tx: Tx, tenant: str) -> Sequence[int]:
    """Return the accounts outside the list that jobs of a tenant wait for."""
    rows = tx.all(
        "SELECT DISTINCT account FROM queue WHERE tenant = :tenant AND account IS NOT NULL", tenant=tenant
    )
    return [row["account"] for row in rows]


def count(tx: Tx, tenant: str, channel: str | None, account: int | None) -> int:
    """Return how many jobs of a tenant wait for a channel or an account; for any, if it is neither."""
    row = tx.one(
        """
        SELECT count(*) AS waiting FROM queue
         WHERE tenant = :tenant AND coalesce(channel, '') = coalesce(:channel, '')
           AND coalesce(account, 0) = coalesce(:account, 0)
        """,
        tenant=tenant,
        channel=channel,
        account=account,
    )
    return row["waiting"] if row else 0


def position(tx: Tx, job: str) -> int | None:
    """Return how many jobs of its tenant are before a waiting job, and one; None if it does not wait."""
    row = tx.one(
        """
        SELECT (SELECT count(*) FROM queue AS before
                 WHERE before.tenant = own.tenant
                   AND (before.priority > own.priority
                        OR (before.priority = own.priority
                            AND (before.place < own.place
                                 OR (before.place = own.place AND before.number <= own.number))))) AS position
          FROM queue AS own WHERE own.job = :job
        """,
        job=job,
    )
    return row["position"] if row else None


def overdue(tx: Tx, before_ms: int, passed_over: int, at_most: int) -> Sequence[str]:
    """Return the jobs that have waited since before then, those first that have waited longest.

    The first ones, as many as were `passed_over`, are left out.
    """
    rows = tx.all(
        """
        SELECT job FROM queue
         WHERE queued_ms <= :before_ms
         ORDER BY queued_ms, job LIMIT :at_most OFFSET :passed_over
        """,
        before_ms=before_ms,
        passed_over=passed_over,
        at_most=at_most,
    )
    return [row["job"] for row in rows]


def oldest_ms(tx: Tx) -> int | None:
    """Return since when the job waits that has waited longest, None if none waits."""
    row = tx.one("SELECT min(queued_ms) AS oldest_ms FROM queue")
    return row["oldest_ms"] if row else None


def _queued(row: Row) -> QueuedJob:
    return QueuedJob(
        job_id=row["job"],
        tenant=row["tenant"],
        priority=row["priority"],
        place=row["place"],
        number=row["number"],
        grouped_by=row["grouped_by"],
        channel=row["channel"],
        account=row["account"],
        most_jobs=row["most_jobs"],
        file_bytes=row["file_bytes"],
        queued_ms=row["queued_ms"],
        labels=tuple(json.loads(row["labels"])) if row["labels"] else (),
    )
