"""Single values of the bridge, by key."""

import secrets

from bridge.store.database import Tx


def get(tx: Tx, key: str) -> str | None:
    """Return a value, or None."""
    row = tx.one("SELECT value FROM meta WHERE key = :key", key=key)
    return row["value"] if row else None


def put(tx: Tx, key: str, value: str) -> None:
    """Keep a value."""
    tx.run(
        """
        INSERT INTO meta (key, value) VALUES (:key, :value)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value
        """,
        key=key,
        value=value,
    )


def try_to_write(tx: Tx) -> None:
    """Write a row that is gone with the commit: what the disk or the server refuses is raised."""
    key = f"probe:{secrets.token_hex(8)}"
    put(tx, key, "")
    tx.run("DELETE FROM meta WHERE key = :key", key=key)
