"""Tenants that are being removed, and the deletion of their rows: first those that refer to others."""

from bridge.access.tenant import NOBODY
from bridge.store.database import Tx
from bridge.store.rows import events


def begin(tx: Tx, tenant: str) -> None:
    """Record that a tenant is being removed: until its rows are gone, its name is nobody's."""
    tx.run("INSERT INTO removals (tenant) VALUES (:tenant) ON CONFLICT DO NOTHING", tenant=tenant)


def end(tx: Tx, tenant: str) -> None:
    """Record that nothing is left of a tenant."""
    tx.run("DELETE FROM removals WHERE tenant = :tenant", tenant=tenant)


def is_under_way(tx: Tx, tenant: str) -> bool:
    """Return whether rows of a removed tenant may be left."""
    return tx.one("SELECT 1 FROM removals WHERE tenant = :tenant", tenant=tenant) is not None


def disown_accounts(tx: Tx, tenant: str, now_ms: int) -> None:
    """Take a tenant's accounts and their tokens from it; the retention deletes the rows.

    Not deleted here: a bridge that runs may still have them, and their ids must not be given to others.
    """
    tx.run("DELETE FROM configured WHERE tenant = :tenant", tenant=tenant)
    tx.run("DELETE FROM log_cuts WHERE tenant = :tenant", tenant=tenant)
    tx.run("DELETE FROM alerts WHERE tenant = :tenant", tenant=tenant)
    tx.run(
        """
        UPDATE accounts
           SET tenant = :nobody, kind = 'retired', token = :nothing, token_hash = '', person_hash = '',
               mask = '', updated_ms = :now_ms
         WHERE tenant = :tenant
        """,
        nobody=NOBODY,
        nothing=b"",
        tenant=tenant,
        now_ms=now_ms,
    )


def delete_some(tx: Tx, tenant: str, at_most: int) -> int:
    """Delete some of a tenant's rows, and return how many; 0 when nothing is left."""
    deliveries = _deliveries(tx, tenant, at_most)
    return (
        deliveries
        or _events(tx, tenant, at_most)
        or _jobs(tx, tenant, at_most)
        or _tombstones(tx, tenant, at_most)
    )


def _deliveries(tx: Tx, tenant: str, at_most: int) -> int:
    found = tx.all(
        "SELECT id FROM deliveries INDEXED BY deliveries_listed WHERE tenant = :tenant LIMIT :most",
        tenant=tenant,
        most=at_most,
    )
    for row in found:
        tx.run("DELETE FROM attempts WHERE delivery = :id", id=row["id"])
        tx.run("DELETE FROM deliveries WHERE id = :id", id=row["id"])
    return len(found)


def _events(tx: Tx, tenant: str, at_most: int) -> int:
    found = tx.all(
        "SELECT position FROM events INDEXED BY events_of_tenant WHERE tenant = :tenant LIMIT :most",
        tenant=tenant,
        most=at_most,
    )
    for row in found:
        events.delete(tx, row["position"])
    return len(found)


def _jobs(tx: Tx, tenant: str, at_most: int) -> int:
    found = tx.all(
        "SELECT id, account FROM jobs INDEXED BY jobs_history WHERE tenant = :tenant LIMIT :most",
        tenant=tenant,
        most=at_most,
    )
    for row in found:
        tx.run("DELETE FROM idempotency WHERE job = :job", job=row["id"])
        tx.run("DELETE FROM job_messages WHERE job = :job", job=row["id"])
        tx.run("DELETE FROM interactions WHERE job = :job", job=row["id"])
        tx.run("DELETE FROM strays WHERE account = :account", account=row["account"])
        tx.run("DELETE FROM jobs WHERE id = :job", job=row["id"])
    return len(found)


def _tombstones(tx: Tx, tenant: str, at_most: int) -> int:
    """Delete what tells that a tenant's jobs were there."""
    found = tx.all(
        "SELECT job FROM tombstones WHERE tenant = :tenant LIMIT :most", tenant=tenant, most=at_most
    )
    for row in found:
        tx.run("DELETE FROM tombstones WHERE job = :job", job=row["job"])
    return len(found)
