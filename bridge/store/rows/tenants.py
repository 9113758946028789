"""A tenant's own settings."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.access.tenant import NOBODY
from bridge.store.database import Tx


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant's own settings; `reply_url` is the default for its jobs."""

    name: str | None = None
    reply_url: str | None = None


@dataclass(frozen=True, slots=True)
class TenantCounts:
    """A tenant, and how many active tokens, listed accounts and running jobs it has.

    `is_being_removed`: its removal was interrupted, or is going on.
    """

    name: str
    tokens: int
    accounts: int
    running: int
    is_being_removed: bool


def get(tx: Tx, tenant: str) -> Tenant:
    """Return a tenant's settings."""
    row = tx.one("SELECT name, reply_url FROM tenants WHERE tenant = :tenant", tenant=tenant)
    return Tenant(row["name"], row["reply_url"]) if row else Tenant()


def put(tx: Tx, tenant: str, values: Tenant) -> None:
    """Store a tenant's settings."""
    tx.run(
        """
        INSERT INTO tenants (tenant, name, reply_url) VALUES (:tenant, :name, :reply_url)
        ON CONFLICT (tenant) DO UPDATE SET name = excluded.name, reply_url = excluded.reply_url
        """,
        tenant=tenant,
        name=values.name,
        reply_url=values.reply_url,
    )


def every(tx: Tx, now_ms: int) -> Sequence[TenantCounts]:
    """Return all tenants by their names: who has tokens, accounts or settings, or is being removed."""
    rows = tx.all(
        """
        SELECT name,
               (SELECT count(*) FROM api_tokens
                 WHERE api_tokens.tenant = name AND revoked_ms IS NULL
                   AND (expires_ms IS NULL OR expires_ms > :now_ms)) AS tokens,
               (SELECT count(*) FROM accounts
                 WHERE accounts.tenant = name AND kind = 'configured') AS accounts,
               (SELECT count(*) FROM jobs WHERE jobs.tenant = name AND ended_ms IS NULL) AS running,
               EXISTS (SELECT 1 FROM removals WHERE removals.tenant = name) AS is_being_removed
          FROM (SELECT tenant AS name FROM api_tokens
                 UNION SELECT tenant FROM accounts
                 UNION SELECT tenant FROM tenants
                 UNION SELECT tenant FROM removals) AS everybody
         WHERE name <> :nobody
         ORDER BY name
        """,
        nobody=NOBODY,
        now_ms=now_ms,
    )
    return [
        TenantCounts(
            row["name"], row["tokens"], row["accounts"], row["running"], bool(row["is_being_removed"])
        )
        for row in rows
    ]


def is_there(tx: Tx, tenant: str) -> bool:
    """Return whether anybody has tokens, accounts or settings under a name."""
    row = tx.one(
        """
        SELECT EXISTS (SELECT 1 FROM api_tokens WHERE tenant = :tenant)
            OR EXISTS (SELECT 1 FROM accounts WHERE tenant = :tenant)
            OR EXISTS (SELECT 1 FROM tenants WHERE tenant = :tenant) AS is_there
        """,
        tenant=tenant,
    )
    return bool(row and row["is_there"])


def running_jobs(tx: Tx, tenant: str) -> int:
    """Return how many running jobs a tenant has."""
    row = tx.one(
        "SELECT count(*) AS running FROM jobs WHERE tenant = :tenant AND ended_ms IS NULL", tenant=tenant
    )
    return row["running"] if row else 0


def delete(tx: Tx, tenant: str) -> None:
    """Delete a tenant's settings."""
    tx.run("DELETE FROM tenants WHERE tenant = :tenant", tenant=tenant)
