"""Rows that are old enough to be deleted: found a few at a time, deleted with all rows that refer to them.

The query runs again in the transaction that deletes, so that only rows that are still old are deleted. Rows
older than `before_ms` are old.
"""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Final

from bridge.jobs.job import Job
from bridge.store.database import Dialect, Tx
from bridge.store.rows import events, jobs, tombstones


def old_deliveries(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return the deliveries created before `before_ms` that need no further attempt."""
    rows = tx.all(
        """
        SELECT id FROM deliveries
         WHERE state <> 'pending' AND made_ms < :before_ms
         ORDER BY made_ms LIMIT :at_most
        """,
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["id"] for row in rows]


def delete_delivery(tx: Tx, delivery: str) -> None:
    """Delete a delivery and its attempts."""
    tx.run("DELETE FROM attempts WHERE delivery = :id", id=delivery)
    tx.run("DELETE FROM deliveries WHERE id = :id", id=delivery)


def old_events(tx: Tx, before_ms: int, at_most: int) -> Sequence[int]:
    """Return the positions at the beginning of the log that are not needed any more.

    An event is needed while a delivery refers to it.
    """
    rows = tx.all(
        """
        SELECT position, at_ms, EXISTS (SELECT 1 FROM deliveries
                                         WHERE deliveries.position = events.position) AS is_told
          FROM events
         ORDER BY position LIMIT :at_most
        """,
        at_most=at_most,
    )
    return [
        row["position"]
        for row in takewhile(lambda row: row["at_ms"] < before_ms and not row["is_told"], rows)
    ]


def delete_event(tx: Tx, position: int) -> None:
    """Delete the first entry of the log."""
    events.cut_of_its_tenant(tx, position)
    events.delete(tx, position)
    events.cut(tx, position)


def old_progress(tx: Tx, before_ms: int, at_most: int) -> Sequence[int]:
    """Return the positions of progress events from before `before_ms`."""
    rows = tx.all(
        """
        SELECT position FROM events
         WHERE is_progress = 1 AND at_ms < :before_ms
         ORDER BY at_ms LIMIT :at_most
        """,
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["position"] for row in rows]


def overdue_jobs(tx: Tx, before_ms: int, at_most: int) -> Sequence[Job]:
    """Return jobs that ended before `before_ms` and still expect a result: their account never listened."""
    rows = tx.all(
        """
        SELECT * FROM jobs INDEXED BY jobs_owed
         WHERE is_owed = 1 AND ended_ms < :before_ms
         ORDER BY ended_ms LIMIT :at_most
        """,
        before_ms=before_ms,
        at_most=at_most,
    )
    return jobs.sorted_out(rows)[0]


def unreadable_jobs(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return unreadable jobs created before `before_ms` that have not ended: nothing will ever end them."""
    rows = tx.all(
        """
        SELECT * FROM jobs INDEXED BY jobs_open
         WHERE ended_ms IS NULL AND created_ms < :before_ms
         ORDER BY number
        """,
        before_ms=before_ms,
    )
    return [job.id for job in jobs.sorted_out(rows)[1]][:at_most]


def old_jobs(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return the jobs that ended before `before_ms` and are not needed any more.

    A pending delivery needs its job, and a button's job that is open or owed needs its parent. While a job is
    open or owed, the history is read from its beginning, so jobs that ended after that are needed too: their
    messages must not be matched to the older job. The query does not scan them: for each account it stops
    where that begins.
    """
    rows = tx.all(
        _OLD_JOBS[tx.dialect],
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["id"] for row in rows]


def old_unplaced_jobs(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return the jobs that ended before `before_ms` in the queue, without an account."""
    rows = tx.all(
        """
        SELECT id FROM jobs
         WHERE account IS NULL AND ended_ms < :before_ms
           AND NOT EXISTS (SELECT 1 FROM deliveries
                            WHERE deliveries.job = jobs.id AND deliveries.state = 'pending')
         LIMIT :at_most
        """,
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["id"] for row in rows]


def delete_job(tx: Tx, job: str, now_ms: int) -> None:
    """Delete a job and all rows that refer to it; a tombstone remains."""
    tombstones.put(tx, job, now_ms)
    tx.run("DELETE FROM idempotency WHERE job = :job", job=job)
    tx.run("DELETE FROM job_messages WHERE job = :job", job=job)
    tx.run("DELETE FROM interactions WHERE job = :job", job=job)
    tx.run("DELETE FROM jobs WHERE id = :job", job=job)


_OLD_JOBS: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: """
        SELECT jobs.id
          FROM accounts
          JOIN jobs ON jobs.account = accounts.id
           AND jobs.ended_ms < min(
                   :before_ms,
                   (SELECT coalesce(min(created_ms), :before_ms) FROM jobs AS open
                     WHERE open.account = accounts.id AND open.ended_ms IS NULL),
                   (SELECT coalesce(min(created_ms), :before_ms) FROM jobs AS owed
                     WHERE owed.account = accounts.id AND owed.is_owed = 1))
         WHERE jobs.is_owed = 0
           AND NOT EXISTS (SELECT 1 FROM deliveries
                            WHERE deliveries.job = jobs.id AND deliveries.state = 'pending')
           AND NOT EXISTS (SELECT 1 FROM jobs AS child
                            WHERE child.parent = jobs.id AND (child.ended_ms IS NULL OR child.is_owed = 1))
         LIMIT :at_most
    """,
    Dialect.POSTGRES: """
        SELECT jobs.id
          FROM accounts
          JOIN jobs ON jobs.account = accounts.id
           AND jobs.ended_ms < least(
                   :before_ms,
                   (SELECT coalesce(min(created_ms), :before_ms) FROM jobs AS open
                     WHERE open.account = accounts.id AND open.ended_ms IS NULL),
                   (SELECT coalesce(min(created_ms), :before_ms) FROM jobs AS owed
                     WHERE owed.account = accounts.id AND owed.is_owed = 1))
         WHERE jobs.is_owed = 0
           AND NOT EXISTS (SELECT 1 FROM deliveries
                            WHERE deliveries.job = jobs.id AND deliveries.state = 'pending')
           AND NOT EXISTS (SELECT 1 FROM jobs AS child
                            WHERE child.parent = jobs.id AND (child.ended_ms IS NULL OR child.is_owed = 1))
         LIMIT :at_most
    """,
}
