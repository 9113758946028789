"""Tombstones: that a job was there, and whose, after it was let go of."""

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
