"""The guard rails of accounts, and how much of them is used: rows are counted, so no restart forgets it."""

import json
from collections.abc import Sequence

from bridge.accounts.guard_rails import Guard, GuardRails
from bridge.store.database import Row, Tx


def rails_of(row: Row) -> GuardRails:
    """Return the guard rails in a row with the columns of an account."""
    return GuardRails(
        max_per_day=row["max_per_day"],
        quiet_hours=row["quiet_hours"],
        pace_s=row["pace_s"],
        labels=tuple(json.loads(row["labels"])) if row["labels"] else (),
        weight=row["weight"],
    )


def keep(tx: Tx, tenant: str, channel: str, rails: GuardRails) -> None:
    """Store the guard rails of the configured account of a channel."""
    tx.run(
        """
        UPDATE accounts
           SET max_per_day = :max_per_day, quiet_hours = :quiet_hours, pace_s = :pace_s, labels = :labels,
               weight = :weight
         WHERE tenant = :tenant AND channel = :channel AND kind = 'configured'
        """,
        tenant=tenant,
        channel=channel,
        max_per_day=rails.max_per_day,
        quiet_hours=rails.quiet_hours,
        pace_s=rails.pace_s,
        labels=json.dumps(rails.labels) if rails.labels else None,
        weight=rails.weight,
    )


def of_account(tx: Tx, account: int) -> GuardRails:
    """Return the guard rails of an account, none if it does not exist."""
    row = tx.one(
        "SELECT max_per_day, quiet_hours, pace_s, labels, weight FROM accounts WHERE id = :id", id=account
    )
    return rails_of(row) if row else GuardRails()


def labelled(tx: Tx, accounts: Sequence[int], labels: Sequence[str]) -> Sequence[int]:
    """Return those of the accounts that have all these labels; without labels nothing is read."""
    if not labels:
        return accounts
    return [account for account in accounts if of_account(tx, account).has(labels)]


def guard_of(tx: Tx, account: int, rails: GuardRails, now_ms: int) -> Guard:
    """Return what the guard rails of an account say now; without a limit of the day nothing is read."""
    if rails.max_per_day is None:
        return Guard(quiet_until_ms=rails.quiet_until_ms(now_ms))
    day_ends_ms = rails.day_ends_ms(now_ms)
    return Guard(
        max_per_day=rails.max_per_day,
        used_today=_used(tx, account, rails.day_began_ms(now_ms), day_ends_ms),
        day_ends_ms=day_ends_ms,
        quiet_until_ms=rails.quiet_until_ms(now_ms),
    )


def _used(tx: Tx, account: int, since_ms: int, until_ms: int) -> int:
    """Return how many jobs an account was sent in this time, with those that it is yet to be sent.

    What was sent after it was sent while the clock was ahead.
    """
    row = tx.one(
        """
        SELECT (SELECT count(*) FROM interactions
                 WHERE account = :account AND sent_ms >= :since_ms AND sent_ms < :until_ms
                   AND kind = 'run' AND is_void = 0)
             + (SELECT count(*) FROM jobs
                 WHERE account = :account AND ended_ms IS NULL AND state = 'waiting') AS used
        """,
        account=account,
        since_ms=since_ms,
        until_ms=until_ms,
    )
    return row["used"] if row else 0
