"""Where the gateway sessions of tokens can be resumed by another process."""

from collections.abc import Mapping, Sequence
from typing import Final

from bridge.chat import GatewaySession
from bridge.ports import MINUTE_MS
from bridge.store.database import Tx
from bridge.store.vault import digest

RESUMABLE_MS: Final = 2 * MINUTE_MS
"""For how long a stored session is tried: Discord forgets one that nobody resumes."""


def keep(tx: Tx, token: str, session: GatewaySession, now_ms: int) -> None:
    """Store the gateway session of a token."""
    tx.run(
        """
        INSERT INTO gateway_sessions (token_hash, url, session_id, sequence, stored_ms)
        VALUES (:hash, :url, :session_id, :sequence, :now_ms)
        ON CONFLICT (token_hash) DO UPDATE
           SET url = excluded.url, session_id = excluded.session_id, sequence = excluded.sequence,
               stored_ms = excluded.stored_ms
        """,
        hash=digest(token),
        url=session.url,
        session_id=session.id,
        sequence=session.sequence,
        now_ms=now_ms,
    )


def take(tx: Tx, tokens: Sequence[str], now_ms: int) -> Mapping[str, GatewaySession]:
    """Return the gateway sessions of these tokens that may still be resumed, and delete them: once is enough.

    A session that was stored in the future is returned: the clocks of two machines differ.
    """
    found = {}
    for token in tokens:
        row = tx.one(
            """
            DELETE FROM gateway_sessions WHERE token_hash = :hash
            RETURNING url, session_id, sequence, stored_ms
            """,
            hash=digest(token),
        )
        if row is not None and now_ms - row["stored_ms"] < RESUMABLE_MS:
            found[token] = GatewaySession(row["url"], row["session_id"], row["sequence"])
    return found


def older_than(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return the sessions that were stored before `before_ms`, by the hashes of their tokens."""
    rows = tx.all(
        "SELECT token_hash FROM gateway_sessions WHERE stored_ms < :before_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["token_hash"] for row in rows]


def delete(tx: Tx, token_hash: str) -> None:
    """Delete a session."""
    tx.run("DELETE FROM gateway_sessions WHERE token_hash = :hash", hash=token_hash)
