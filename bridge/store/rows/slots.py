"""The used slots of accounts, without decrypting their tokens."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from bridge.accounts.account import Kind
from bridge.accounts.slots import Slots
from bridge.store.database import Dialect, Row, Tx
from bridge.store.rows.guard_rails import guard_of, rails_of


def slots_of(tx: Tx, accounts: Sequence[int], now_ms: int) -> Sequence[Slots]:
    """Return the slots of these accounts in this order, without retired ones.

    A hold that was stored in the future is ignored: the clock was set back since.
    """
    rows = tx.all(
        _SLOTS[tx.dialect],
        accounts=json.dumps(list(accounts)),
        now_ms=now_ms,
    )
    return [_slots(tx, row, now_ms) for row in rows]


def executing(tx: Tx, tenant: str) -> Mapping[str, Sequence[str]]:
    """Return the ids of a tenant's jobs that hold a slot, by channel, oldest first."""
    rows = tx.all(
        """
        SELECT channel, id FROM jobs
         WHERE tenant = :tenant AND ended_ms IS NULL AND account IS NOT NULL
         ORDER BY number
        """,
        tenant=tenant,
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row["channel"]].append(row["id"])
    return found


def _slots(tx: Tx, row: Row, now_ms: int) -> Slots:
    rails = rails_of(row)
    return Slots(
        account=row["id"],
        tenant=row["tenant"],
        kind=Kind(row["kind"]),
        server=row["server"],
        channel=row["channel"],
        mask=row["mask"],
        max_jobs=row["max_jobs"],
        taken=row["taken"],
        hold_until_ms=row["hold_until_ms"],
        is_paused=_is_paused(row),
        is_awaited=bool(row["is_awaited"]),
        rails=rails,
        guard=guard_of(tx, row["id"], rails, now_ms),
    )


def _is_paused(row: Row) -> bool:
    """Return whether an account takes no new jobs: only a configured one can be paused.

    A bridge that knows no pauses leaves the mark on an account when it removes it from the configuration.
    """
    return bool(row["is_paused"]) and row["kind"] == Kind.CONFIGURED


_SLOTS: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: """
        SELECT accounts.id, accounts.tenant, kind, server, channel, mask, max_jobs, is_paused,
               max_per_day, quiet_hours, pace_s, accounts.labels, weight,
               (SELECT count(*) FROM jobs
                 WHERE jobs.tenant = accounts.tenant AND jobs.channel = accounts.channel
                   AND jobs.ended_ms IS NULL AND jobs.account IS NOT NULL) AS taken,
               CASE WHEN held_ms <= :now_ms THEN hold_until_ms ELSE 0 END AS hold_until_ms,
               EXISTS (SELECT 1 FROM queue WHERE queue.tenant = accounts.tenant) AS is_awaited
          FROM json_each(:accounts) AS wanted CROSS JOIN accounts ON accounts.id = wanted.value
         WHERE kind <> 'retired'
         ORDER BY wanted.key
    """,
    Dialect.POSTGRES: """
        SELECT accounts.id, accounts.tenant, kind, server, channel, mask, max_jobs, is_paused,
               max_per_day, quiet_hours, pace_s, accounts.labels, weight,
               (SELECT count(*) FROM jobs
                 WHERE jobs.tenant = accounts.tenant AND jobs.channel = accounts.channel
                   AND jobs.ended_ms IS NULL AND jobs.account IS NOT NULL) AS taken,
               CASE WHEN held_ms <= :now_ms THEN hold_until_ms ELSE 0 END AS hold_until_ms,
               EXISTS (SELECT 1 FROM queue WHERE queue.tenant = accounts.tenant) AS is_awaited
          FROM json_array_elements_text(CAST(:accounts AS JSON)) WITH ORDINALITY AS wanted (value, key)
          JOIN accounts ON accounts.id = CAST(wanted.value AS BIGINT)
         WHERE kind <> 'retired'
         ORDER BY wanted.key
    """,
}
