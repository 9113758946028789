"""Interactions that the account's user runs outside the bridge: a video without an id may be theirs.

Not to be confused with passing (unlisted) accounts, which are given in requests.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.ports import DAY_MS
from bridge.store.database import Tx

KEPT_MS: Final = DAY_MS
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class PassingInteraction:
    """An interaction from outside the bridge: the first message about it, who ran it, and its words."""

    id: str
    message_id: str
    sender: str
    at_ms: int
    words: Mapping[str, str]


def keep(tx: Tx, account: int, interaction: PassingInteraction) -> None:
    """Insert an interaction; if it is known, update its words unless there are none."""
    tx.run(
        """
        INSERT INTO passing (account, interaction_id, message_id, sender, at_ms, words)
        VALUES (:account, :interaction_id, :message_id, :sender, :at_ms, :words)
        ON CONFLICT (account, interaction_id) DO UPDATE SET words = excluded.words
                                                      WHERE excluded.words <> '{}'
        """,
        account=account,
        interaction_id=interaction.id,
        message_id=interaction.message_id,
        sender=interaction.sender,
        at_ms=interaction.at_ms,
        words=json.dumps(interaction.words),
    )


def begun_between(tx: Tx, account: int, since_ms: int, until_ms: int) -> Sequence[PassingInteraction]:
    """Return the newest interactions that began within a time span."""
    rows = tx.all(
        """
        SELECT * FROM passing
         WHERE account = :account AND at_ms BETWEEN :since_ms AND :until_ms
         ORDER BY at_ms DESC LIMIT :at_most
        """,
        account=account,
        since_ms=since_ms,
        until_ms=until_ms,
        at_most=MOST,
    )
    return [
        PassingInteraction(
            row["interaction_id"], row["message_id"], row["sender"], row["at_ms"], json.loads(row["words"])
        )
        for row in rows
    ]


def delete(tx: Tx, account: int, interaction_id: str) -> bool:
    """Delete an interaction that has ended or proves to be the bridge's; return False if it is unknown."""
    row = tx.one(
        "SELECT 1 FROM passing WHERE account = :account AND interaction_id = :interaction_id",
        account=account,
        interaction_id=interaction_id,
    )
    if row is not None:
        tx.run(
            "DELETE FROM passing WHERE account = :account AND interaction_id = :interaction_id",
            account=account,
            interaction_id=interaction_id,
        )
    return row is not None


def older_than(tx: Tx, before_ms: int, at_most: int) -> Sequence[tuple[int, str]]:
    """Return the interactions that began before `before_ms`, each with its account."""
    rows = tx.all(
        "SELECT account, interaction_id FROM passing WHERE at_ms < :before_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [(row["account"], row["interaction_id"]) for row in rows]
