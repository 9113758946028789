"""What the operator was last told of accounts: another process that sends the alerts goes on from there.

There is a row while the last alert about an account was not that it is connected, or was removed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.accounts.condition import Standing
from bridge.store.database import Tx


@dataclass(frozen=True, slots=True)
class Told:
    """What the operator was last told of the account of a channel, and when (UTC)."""

    tenant: str
    channel: str
    standing: Standing
    told_ms: int


def every(tx: Tx) -> Sequence[Told]:
    """Return what was last told."""
    return [
        Told(row["tenant"], row["channel"], Standing(row["standing"]), row["told_ms"])
        for row in tx.all("SELECT * FROM alerts ORDER BY tenant, channel")
    ]


def keep(tx: Tx, told: Told) -> None:
    """Store what was told of an account."""
    tx.run(
        """
        INSERT INTO alerts (tenant, channel, standing, told_ms)
        VALUES (:tenant, :channel, :standing, :told_ms)
        ON CONFLICT (tenant, channel) DO UPDATE SET standing = excluded.standing, told_ms = excluded.told_ms
        """,
        tenant=told.tenant,
        channel=told.channel,
        standing=for_others(told.standing),
        told_ms=told.told_ms,
    )


def for_others(standing: Standing) -> Standing:
    """Return a standing that earlier versions of the bridge know too; they may share the database."""
    return Standing.NEEDS_HUMAN if standing is Standing.OUT_OF_CREDITS else standing


def forget(tx: Tx, tenant: str, channel: str) -> None:
    """Delete what was told of an account: it is connected again, or was removed."""
    tx.run("DELETE FROM alerts WHERE tenant = :tenant AND channel = :channel", tenant=tenant, channel=channel)
