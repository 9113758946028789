"""The entries of the configuration file as they were last applied, by their hashes."""

from bridge.store.database import Tx


def applied_hash(tx: Tx, tenant: str, channel: str) -> str | None:
    """Return the hash of the configuration file's entry for a channel when it was last applied."""
    row = tx.one(
        "SELECT hash FROM configured WHERE tenant = :tenant AND channel = :channel",
        tenant=tenant,
        channel=channel,
    )
    return row["hash"] if row else None


def keep_applied_hash(tx: Tx, tenant: str, channel: str, entry_hash: str) -> None:
    """Store the hash of the configuration file's entry for a channel."""
    tx.run(
        """
        INSERT INTO configured (tenant, channel, hash) VALUES (:tenant, :channel, :hash)
        ON CONFLICT (tenant, channel) DO UPDATE SET hash = excluded.hash
        """,
        tenant=tenant,
        channel=channel,
        hash=entry_hash,
    )


def forget(tx: Tx, tenant: str, channel: str) -> None:
    """Delete the hash of a channel that the configuration file names no more."""
    tx.run(
        "DELETE FROM configured WHERE tenant = :tenant AND channel = :channel", tenant=tenant, channel=channel
    )
