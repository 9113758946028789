"""The conditions of the running accounts: the process that runs an account writes it for all others."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bridge.accounts.account import Kind
from bridge.accounts.condition import Condition, Standing
from bridge.accounts.notice import REMEDY
from bridge.accounts.unmatched import UnmatchedVideos, Video
from bridge.store.database import Row, Tx
from bridge.store.rows.alerts import for_others


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """A running account, without its token; `machine` is the id of the one that has its lease."""

    id: int
    tenant: str
    kind: Kind
    condition: Condition
    unmatched: UnmatchedVideos
    machine: str | None = None


def keep(tx: Tx, account: int, condition: Condition, unmatched: UnmatchedVideos) -> None:
    """Store the condition of an account, and the videos that no job of it got."""
    tx.run(
        """
        INSERT INTO conditions (account, standing, since_ms, reason, remedy, unmatched, newest)
        VALUES (:account, :standing, :since_ms, :reason, :remedy, :unmatched, :newest)
        ON CONFLICT (account) DO UPDATE
           SET standing = excluded.standing, since_ms = excluded.since_ms, reason = excluded.reason,
               remedy = excluded.remedy, unmatched = excluded.unmatched, newest = excluded.newest
        """,
        account=account,
        standing=for_others(condition.standing),
        since_ms=condition.since_ms,
        reason=condition.reason,
        remedy=condition.remedy,
        unmatched=unmatched.count,
        newest=json.dumps(asdict(unmatched.newest)) if unmatched.newest else None,
    )


def forget(tx: Tx, account: int) -> None:
    """Delete the condition of an account that has stopped."""
    tx.run("DELETE FROM conditions WHERE account = :account", account=account)


def every(tx: Tx) -> Sequence[KnownAccount]:
    """Return all running accounts."""
    rows = tx.all(
        """
        SELECT accounts.id, tenant, kind, standing, conditions.since_ms, reason, remedy, unmatched, newest,
               leases.machine
          FROM conditions JOIN accounts ON accounts.id = conditions.account
               LEFT JOIN leases ON leases.person_hash = accounts.person_hash
         ORDER BY accounts.id
        """
    )
    return [_known(row) for row in rows]


def _condition(row: Row) -> Condition:
    """Return a condition; one that earlier versions do not know is told by its remedy."""
    is_out = row["standing"] == Standing.NEEDS_HUMAN and row["remedy"] == REMEDY
    standing = Standing.OUT_OF_CREDITS if is_out else Standing(row["standing"])
    return Condition(standing, row["since_ms"], row["reason"], row["remedy"])


def _known(row: Row) -> KnownAccount:
    newest = Video(**json.loads(row["newest"])) if row["newest"] else None
    return KnownAccount(
        row["id"],
        row["tenant"],
        Kind(row["kind"]),
        _condition(row),
        UnmatchedVideos(row["unmatched"], newest),
        row["machine"],
    )
