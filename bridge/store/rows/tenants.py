"""A tenant's own settings."""

from dataclasses import dataclass

from bridge.store.database import Tx


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant's own settings; `reply_url` is the default for its jobs."""

    name: str | None = None
    reply_url: str | None = None


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
