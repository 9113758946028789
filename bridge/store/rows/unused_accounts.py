"""Accounts that nothing needs any more: in no list, not running, without a job."""

import json
from collections.abc import Mapping, Sequence, Set
from typing import Final

from bridge.store.database import Dialect, Tx
from bridge.store.rows import leases


def unused(tx: Tx, before_ms: int, at_most: int, running: Set[int]) -> Sequence[int]:
    """Return accounts that are in no list, do not run, were last set before then, and have no job."""
    rows = tx.all(
        _UNUSED[tx.dialect],
        running=json.dumps(sorted(running)),
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["id"] for row in rows]


def delete(tx: Tx, account: int) -> None:
    """Delete an account and what is kept for it alone, with the lease of a person without other accounts."""
    tx.run("DELETE FROM conditions WHERE account = :id", id=account)
    tx.run("DELETE FROM notices WHERE account = :id", id=account)
    tx.run("DELETE FROM strays WHERE account = :id", id=account)
    tx.run("DELETE FROM accounts WHERE id = :id", id=account)
    leases.delete_unneeded(tx)


_UNUSED: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: """
        SELECT id FROM accounts
         WHERE kind <> 'configured' AND updated_ms < :before_ms
           AND id NOT IN (SELECT value FROM json_each(:running))
           AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.account = accounts.id)
           AND NOT EXISTS (SELECT 1 FROM queue WHERE queue.account = accounts.id)
         ORDER BY id LIMIT :at_most
    """,
    Dialect.POSTGRES: """
        SELECT id FROM accounts
         WHERE kind <> 'configured' AND updated_ms < :before_ms
           AND id NOT IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(:running AS JSON)))
           AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.account = accounts.id)
           AND NOT EXISTS (SELECT 1 FROM queue WHERE queue.account = accounts.id)
         ORDER BY id LIMIT :at_most
    """,
}
