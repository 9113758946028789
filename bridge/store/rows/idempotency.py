"""Idempotency keys: written in the same transaction as the job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bridge.errors import BridgeError
from bridge.ports import DAY_MS
from bridge.store.database import Tx

KEPT_MS: Final = DAY_MS


class KeyTaken(BridgeError):
    """Another request has used the key meanwhile; running the body again would not help."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a tenant, and the fingerprint of its request."""

    tenant: str
    text: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class UsedKey:
    """What a key was used for: the request's fingerprint, its job, and the answer if it was sent."""

    fingerprint: str
    job: str
    status: int | None
    body: str | None


def claim(tx: Tx, key: Key, job: str, now_ms: int) -> None:
    """Assign a key to a job; raises `KeyTaken` if it was assigned within the last day."""
    claimed = tx.run(
        """
        INSERT INTO idempotency (tenant, key, fingerprint, job, made_ms)
        VALUES (:tenant, :key, :fingerprint, :job, :now_ms)
        ON CONFLICT (tenant, key) DO UPDATE
           SET fingerprint = excluded.fingerprint, job = excluded.job, made_ms = excluded.made_ms,
               status = NULL, body = NULL
         WHERE idempotency.made_ms <= :oldest_ms
        """,
        tenant=key.tenant,
        key=key.text,
        fingerprint=key.fingerprint,
        job=job,
        now_ms=now_ms,
        oldest_ms=now_ms - KEPT_MS,
    )
    if not claimed:
        raise KeyTaken(f"the key belongs to another job than {job}")


def find(tx: Tx, key: Key, now_ms: int) -> UsedKey | None:
    """Return what a key was used for within the last day."""
    row = tx.one(
        """
        SELECT fingerprint, job, status, body FROM idempotency
         WHERE tenant = :tenant AND key = :key AND made_ms > :oldest_ms
        """,
        tenant=key.tenant,
        key=key.text,
        oldest_ms=now_ms - KEPT_MS,
    )
    return UsedKey(row["fingerprint"], row["job"], row["status"], row["body"]) if row else None


def keep_answer(tx: Tx, key: Key, job: str, status: int, body: str) -> None:
    """Store the answer to a key's request, if the key is still its job's."""
    tx.run(
        """
        UPDATE idempotency SET status = :status, body = :body
         WHERE tenant = :tenant AND key = :key AND job = :job
        """,
        tenant=key.tenant,
        key=key.text,
        job=job,
        status=status,
        body=body,
    )


def delete(tx: Tx, tenant: str, key: str, job: str) -> None:
    """Delete a key, if it is still the job's: the same request is a new try."""
    tx.run(
        "DELETE FROM idempotency WHERE tenant = :tenant AND key = :key AND job = :job",
        tenant=tenant,
        key=key,
        job=job,
    )


def older_than(tx: Tx, before_ms: int, at_most: int) -> Sequence[tuple[str, str, str]]:
    """Return the keys that were first used before then, each between its tenant and its job."""
    rows = tx.all(
        "SELECT tenant, key, job FROM idempotency WHERE made_ms < :before_ms ORDER BY made_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [(row["tenant"], row["key"], row["job"]) for row in rows]
