"""What is kept for a short while beside the jobs, and the accounts that nothing refers to any more.

As in `retention`, what finds is asked again in the transaction that drops.
"""

import json
from collections.abc import Sequence, Set

from bridge.store.database import Tx


def old_keys(tx: Tx, before_ms: int, at_most: int) -> Sequence[tuple[str, str]]:
    """Return the idempotency keys, each behind its tenant, that were first used before then."""
    rows = tx.all(
        "SELECT tenant, key FROM idempotency WHERE made_ms < :before_ms ORDER BY made_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [(row["tenant"], row["key"]) for row in rows]


def drop_key(tx: Tx, place: tuple[str, str]) -> None:
    """Let go of an idempotency key."""
    tx.run("DELETE FROM idempotency WHERE tenant = :tenant AND key = :key", tenant=place[0], key=place[1])


def old_strays(tx: Tx, before_ms: int, at_most: int) -> Sequence[tuple[int, str]]:
    """Return the strays, each behind its account, that were said before then."""
    rows = tx.all(
        "SELECT account, message_id FROM strays WHERE at_ms < :before_ms ORDER BY at_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [(row["account"], row["message_id"]) for row in rows]


def drop_stray(tx: Tx, place: tuple[int, str]) -> None:
    """Let go of a stray."""
    tx.run(
        "DELETE FROM strays WHERE account = :account AND message_id = :message_id",
        account=place[0],
        message_id=place[1],
    )


def old_passing(tx: Tx, before_ms: int, at_most: int) -> Sequence[tuple[int, str]]:
    """Return what our users ran beside the bridge before then, each behind its account."""
    rows = tx.all(
        "SELECT account, interaction_id FROM passing WHERE at_ms < :before_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [(row["account"], row["interaction_id"]) for row in rows]


def drop_passing(tx: Tx, place: tuple[int, str]) -> None:
    """Let go of what ran beside the bridge."""
    tx.run(
        "DELETE FROM passing WHERE account = :account AND interaction_id = :interaction_id",
        account=place[0],
        interaction_id=place[1],
    )


def dead_links(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return the places of the fresh links that died before then."""
    rows = tx.all(
        "SELECT place FROM links WHERE dies_ms < :before_ms ORDER BY dies_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["place"] for row in rows]


def drop_link(tx: Tx, place: str) -> None:
    """Let go of a fresh link."""
    tx.run("DELETE FROM links WHERE place = :place", place=place)


def unused_accounts(tx: Tx, before_ms: int, at_most: int, running: Set[int]) -> Sequence[int]:
    """Return accounts that are in no list, do not run, were last set before then, and have no job."""
    rows = tx.all(
        """
        SELECT id FROM accounts
         WHERE kind <> 'configured' AND updated_ms < :before_ms
           AND id NOT IN (SELECT value FROM json_each(:running))
           AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.account = accounts.id)
         ORDER BY id LIMIT :at_most
        """,
        running=json.dumps(sorted(running)),
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["id"] for row in rows]


def drop_account(tx: Tx, account: int) -> None:
    """Let go of an account and its token."""
    tx.run("DELETE FROM strays WHERE account = :id", id=account)
    tx.run("DELETE FROM accounts WHERE id = :id", id=account)
