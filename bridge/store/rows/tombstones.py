"""Tombstones: the ids of deleted jobs and their tenants."""

from collections.abc import Sequence

from bridge.store.database import Tx


def put(tx: Tx, job: str, now_ms: int) -> None:
    """Write the tombstone of a job, if the job exists."""
    tx.run(
        """
        INSERT INTO tombstones (job, tenant, made_ms)
        SELECT id, tenant, :now_ms FROM jobs WHERE id = :job
        """,
        job=job,
        now_ms=now_ms,
    )


def is_there(tx: Tx, tenant: str, job: str) -> bool:
    """Return whether a tenant had a job that was deleted."""
    row = tx.one("SELECT job FROM tombstones WHERE job = :job AND tenant = :tenant", job=job, tenant=tenant)
    return row is not None


def older_than(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return the jobs whose tombstones are older than `before_ms`."""
    rows = tx.all(
        "SELECT job FROM tombstones WHERE made_ms < :before_ms ORDER BY made_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["job"] for row in rows]


def delete(tx: Tx, job: str) -> None:
    """Delete a tombstone."""
    tx.run("DELETE FROM tombstones WHERE job = :job", job=job)
