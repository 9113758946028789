"""Tombstones: that a job was there, and whose, after it was let go of."""

from collections.abc import Sequence

from bridge.store.database import Tx


def put(tx: Tx, job: str, now_ms: int) -> None:
    """Keep that a job was there; one that is not there leaves none."""
    tx.run(
        """
        INSERT INTO tombstones (job, tenant, made_ms)
        SELECT id, tenant, :now_ms FROM jobs WHERE id = :job
        """,
        job=job,
        now_ms=now_ms,
    )


def is_there(tx: Tx, tenant: str, job: str) -> bool:
    """Tell whether a tenant had a job that was let go of."""
    row = tx.one("SELECT job FROM tombstones WHERE job = :job AND tenant = :tenant", job=job, tenant=tenant)
    return row is not None


def older_than(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return the jobs whose tombstones were put before then."""
    rows = tx.all(
        "SELECT job FROM tombstones WHERE made_ms < :before_ms ORDER BY made_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["job"] for row in rows]


def delete(tx: Tx, job: str) -> None:
    """Delete a tombstone."""
    tx.run("DELETE FROM tombstones WHERE job = :job", job=job)
