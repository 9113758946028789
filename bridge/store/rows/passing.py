"""Interactions that the account's user runs outside the bridge: a video without an id may be theirs.

Not to be confused with passing (unlisted) accounts, which are given in requests.
"""

import json
from collections.abc import Sequence
from typing import Final

from bridge.chat import Message, snowflake_ms
from bridge.jobs.candidate import Candidate
from bridge.jobs.echo import Echo
from bridge.jobs.job import State
from bridge.jobs.signals import LAST_WORDS
from bridge.pixverse.reading import Reading
from bridge.ports import DAY_MS
from bridge.store.database import Tx
from bridge.store.rows.interactions import last_senders

KEPT_MS: Final = DAY_MS


def pass_by(tx: Tx, account: int, message: Message, reading: Reading) -> bool:
    """Store an interaction from outside the bridge, or delete it if the message ends it: then return True.

    Only those of the account's own user count: messages for others mention their user. The newest POST shows
    who the user is; before there is one, all interactions are stored.
    """
    if message.interaction_id is None or message.interaction_user_id is None:
        return False
    if isinstance(reading.signal, LAST_WORDS):
        return delete(tx, account, message.interaction_id)
    ours = last_senders(tx, account)
    if not ours or message.interaction_user_id in ours:
        _keep(tx, account, message, reading)
    return False


def passing(tx: Tx, account: int, message: Message, expected_ms: int) -> Sequence[Candidate]:
    """Return what else a message without ids can be about: what began up to `expected_ms` before it."""
    said_ms, ours = snowflake_ms(message.id), last_senders(tx, account)
    rows = tx.all(
        """
        SELECT * FROM passing
         WHERE account = :account AND at_ms BETWEEN :since_ms AND :said_ms
         ORDER BY at_ms DESC LIMIT 100
        """,
        account=account,
        since_ms=said_ms - expected_ms,
        said_ms=said_ms,
    )
    return [
        Candidate(
            job_id=row["interaction_id"],
            number=0,
            state=State.STARTED,
            is_ours=False,
            is_owed=True,
            fingerprint=row["interaction_id"],
            echo=Echo(json.loads(row["words"])),
            messages=frozenset({row["message_id"]}),
            senders=frozenset({row["sender"]}),
            sent_ms=row["at_ms"],
        )
        for row in rows
        if row["sender"] in ours
    ]


def _keep(tx: Tx, account: int, message: Message, reading: Reading) -> None:
    at_ms = snowflake_ms(message.interaction_id or message.id)
    tx.run(
        """
        INSERT INTO passing (account, interaction_id, message_id, sender, at_ms, words)
        VALUES (:account, :interaction_id, :message_id, :sender, :at_ms, :words)
        ON CONFLICT (account, interaction_id) DO UPDATE SET words = excluded.words
                                                      WHERE excluded.words <> '{}'
        """,
        account=account,
        interaction_id=message.interaction_id,
        message_id=message.id,
        sender=message.interaction_user_id,
        at_ms=at_ms,
        words=json.dumps(reading.echo or {}),
    )


def delete(tx: Tx, account: int, interaction_id: str) -> bool:
    """Let go of an interaction that has come to its end, or proves to be ours; False when it is not known."""
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
    """Return what began before then, each behind its account."""
    rows = tx.all(
        "SELECT account, interaction_id FROM passing WHERE at_ms < :before_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [(row["account"], row["interaction_id"]) for row in rows]
