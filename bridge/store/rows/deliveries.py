"""The outbox: pending POSTs to replyUrls, and everything that changes them. `callbacks` lists them.

Claims expire, so a crash loses none.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.store.database import Dialect, Row, Tx


@dataclass(frozen=True, slots=True)
class Delivery:
    """One callback; `id` is the same for all its attempts, `position` is the event that it reports.

    `claim_ms`: until when it is claimed. It is another time for each claim, and names it.
    """

    id: str
    tenant: str
    job: str
    position: int
    url: str
    receiver: str
    state: str
    tries: int
    due_ms: int
    claim_ms: int
    made_ms: int


def id_of(job: str, status: str) -> str:
    """Return the id of the callback about a status of a job, which no job has twice.

    It is the same in a database that was restored from a backup: receivers know it again.
    """
    return f"msg_{hashlib.sha256(f'{job} {status}'.encode()).hexdigest()[:32]}"


def enqueue(tx: Tx, *, delivery: str, tenant: str, job: str, position: int, url: str, now_ms: int) -> None:
    """Insert a pending delivery that is due at once."""
    tx.run(
        """
        INSERT INTO deliveries (id, tenant, job, position, url, receiver, state, due_ms, made_ms)
        VALUES (:id, :tenant, :job, :position, :url, :receiver, 'pending', :now_ms, :now_ms)
        """,
        id=delivery,
        tenant=tenant,
        job=job,
        position=position,
        url=url,
        receiver=receiver_of(url),
        now_ms=now_ms,
    )


def receivers(tx: Tx, now_ms: int) -> Sequence[str]:
    """Return the receivers with due deliveries, the longest waiting first.

    The query reads one row per receiver, however many deliveries are pending for it.
    """
    rows = tx.all(
        """
        WITH RECURSIVE found (receiver) AS (
               SELECT min(receiver) FROM deliveries WHERE state = 'pending'
                UNION ALL
               SELECT (SELECT min(receiver) FROM deliveries
                        WHERE state = 'pending' AND receiver > found.receiver)
                 FROM found WHERE found.receiver IS NOT NULL),
             first (receiver, due_ms) AS (
               SELECT receiver, (SELECT min(due_ms) FROM deliveries
                                  WHERE state = 'pending' AND receiver = found.receiver)
                 FROM found WHERE receiver IS NOT NULL)
        SELECT receiver FROM first WHERE due_ms <= :now_ms ORDER BY due_ms
        """,
        now_ms=now_ms,
    )
    return [row["receiver"] for row in rows]


def receivers_since(tx: Tx, since_ms: int, now_ms: int) -> Sequence[str]:
    """Return the receivers with unclaimed deliveries that became due since `since_ms`."""
    rows = tx.all(
        """
        SELECT DISTINCT receiver FROM deliveries
         WHERE state = 'pending' AND due_ms > :since_ms AND due_ms <= :now_ms AND claim_ms <= :now_ms
        """,
        since_ms=since_ms,
        now_ms=now_ms,
    )
    return [row["receiver"] for row in rows]


def is_claimable(tx: Tx, receiver: str, now_ms: int) -> bool:
    """Return whether `claim` would find a due delivery of a receiver."""
    row = tx.one(
        """
        SELECT 1 FROM deliveries AS mine
         WHERE receiver = :receiver
           AND state = 'pending' AND due_ms <= :now_ms AND claim_ms <= :now_ms
           AND NOT EXISTS (SELECT 1 FROM deliveries AS earlier
                            WHERE earlier.job = mine.job AND earlier.state = 'pending'
                              AND earlier.position < mine.position)
         LIMIT 1
        """,
        receiver=receiver,
        now_ms=now_ms,
    )
    return row is not None


def claim(
    tx: Tx, receiver: str, now_ms: int, until_ms: int, at_most: int, claimer: str = ""
) -> Sequence[Delivery]:
    """Claim due deliveries of a receiver until `until_ms`, at most one per job, and return them.

    `claimer` names the transaction, for `release_claimed`.
    """
    rows = tx.all(
        _CLAIM[tx.dialect],
        receiver=receiver,
        now_ms=now_ms,
        until_ms=until_ms,
        at_most=at_most,
        claimer=claimer,
    )
    return sorted((read(row) for row in rows), key=lambda delivery: delivery.position)


def release_claimed(tx: Tx, receiver: str, until_ms: int, claimer: str) -> None:
    """Release what a transaction has claimed, if it was committed."""
    tx.run(
        """
        UPDATE deliveries SET claim_ms = 0
         WHERE receiver = :receiver AND state = 'pending' AND claim_ms = :until_ms AND claimer = :claimer
        """,
        receiver=receiver,
        until_ms=until_ms,
        claimer=claimer,
    )


def settle(tx: Tx, claimed: Delivery, state: str, due_ms: int) -> str | None:
    """Store the outcome of a claimed delivery: delivered, given up, or pending until its next attempt.

    This releases the claim. If the delivery was sent again on request meanwhile, its due time has changed and
    it stays pending. Returns its state, None if it is not the claimer's any more: it was deleted, because its
    tenant was removed, or the claim ran out and another process has claimed it.
    """
    row = tx.one(
        """
        UPDATE deliveries
           SET claim_ms = 0,
               state  = CASE WHEN due_ms = :claimed_due_ms THEN :state ELSE state END,
               tries  = CASE WHEN due_ms = :claimed_due_ms THEN tries + 1 ELSE tries END,
               due_ms = CASE WHEN due_ms = :claimed_due_ms THEN :due_ms ELSE due_ms END
         WHERE id = :id AND claim_ms IN (0, :claim_ms)
        RETURNING state
        """,
        id=claimed.id,
        claim_ms=claimed.claim_ms,
        state=state,
        due_ms=due_ms,
        claimed_due_ms=claimed.due_ms,
    )
    return str(row["state"]) if row else None


def has_pending(tx: Tx, job: str) -> bool:
    """Return whether a job has pending deliveries."""
    row = tx.one("SELECT 1 FROM deliveries WHERE job = :job AND state = 'pending' LIMIT 1", job=job)
    return row is not None


def release(tx: Tx, delivery: str) -> None:
    """Release a claim."""
    tx.run("UPDATE deliveries SET claim_ms = 0 WHERE id = :id", id=delivery)


def postpone(tx: Tx, delivery: str, due_ms: int) -> None:
    """Release a claim without an attempt, and make the delivery due later."""
    tx.run("UPDATE deliveries SET claim_ms = 0, due_ms = :due_ms WHERE id = :id", id=delivery, due_ms=due_ms)


def withdraw(tx: Tx, job: str) -> None:
    """Delete the first callback of a job, unless it was attempted: the client knows the outcome already."""
    tx.run(
        """
        DELETE FROM deliveries
         WHERE id = (SELECT id FROM deliveries WHERE job = :job ORDER BY position LIMIT 1) AND tries = 0
           AND NOT EXISTS (SELECT 1 FROM attempts WHERE delivery = deliveries.id)
        """,
        job=job,
    )


def send_again(tx: Tx, tenant: str, job: str, now_ms: int) -> int:
    """Make every delivery of a job pending again, with the whole schedule; return how many there are.

    Each is due at a time at which it was not due before: an attempt that is under way cannot settle it then.
    """
    return tx.run(
        """
        UPDATE deliveries
           SET state = 'pending', tries = 0,
               due_ms = CASE WHEN due_ms = :now_ms THEN :now_ms - 1 ELSE :now_ms END
         WHERE tenant = :tenant AND job = :job
        """,
        tenant=tenant,
        job=job,
        now_ms=now_ms,
    )


def attempted(
    tx: Tx, delivery: str, *, at_ms: int, status: int | None, duration_ms: int, error: str | None
) -> None:
    """Store the outcome of one attempt."""
    tx.run(
        """
        INSERT INTO attempts (delivery, at_ms, status, duration_ms, error)
        VALUES (:delivery, :at_ms, :status, :duration_ms, :error)
        """,
        delivery=delivery,
        at_ms=at_ms,
        status=status,
        duration_ms=duration_ms,
        error=error,
    )


def next_due_ms(tx: Tx, now_ms: int) -> int | None:
    """Return when the next delivery becomes due, None if none will.

    Unclaimed due deliveries are ignored: they wait for an attempt to end, which notifies.
    """
    row = tx.one(
        "SELECT min(due_ms) AS due_ms FROM deliveries WHERE state = 'pending' AND due_ms > :now_ms",
        now_ms=now_ms,
    )
    return row["due_ms"] if row else None


def release_all(tx: Tx, now_ms: int) -> None:
    """Release every claim, at the start of the only process that can have any; on PostgreSQL they run out.

    A delivery created or attempted in the future is due at once: the clock was set back since.
    """
    if tx.dialect is Dialect.SQLITE:
        tx.run("UPDATE deliveries SET claim_ms = 0 WHERE state = 'pending' AND claim_ms > 0")
    tx.run(
        """
        UPDATE deliveries SET due_ms = :now_ms
         WHERE state = 'pending' AND due_ms > :now_ms
           AND (made_ms > :now_ms
                OR EXISTS (SELECT 1 FROM attempts WHERE delivery = deliveries.id AND at_ms > :now_ms))
        """,
        now_ms=now_ms,
    )


def bring_forward(tx: Tx, by_ms: int) -> None:
    """Make all pending deliveries due `by_ms` earlier, except those that are claimed."""
    tx.run(
        "UPDATE deliveries SET due_ms = due_ms - :by_ms WHERE state = 'pending' AND claim_ms = 0", by_ms=by_ms
    )


def receiver_of(url: str) -> str:
    """Return the receiver of a URL: its host, with the port if there is one."""
    authority = re.split(r"[/?#\\]", url.partition("://")[2], maxsplit=1)[0]
    return authority.rpartition("@")[2].lower()


def read(row: Row) -> Delivery:
    """Return the delivery of a row."""
    return Delivery(**{name: row[name] for name in Delivery.__dataclass_fields__})


_CLAIM: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: """
        UPDATE deliveries SET claim_ms = :until_ms, claimer = :claimer
         WHERE id IN (
               SELECT id FROM deliveries AS mine
                WHERE receiver = :receiver
                  AND state = 'pending' AND due_ms <= :now_ms AND claim_ms <= :now_ms
                  AND NOT EXISTS (SELECT 1 FROM deliveries AS earlier
                                   WHERE earlier.job = mine.job AND earlier.state = 'pending'
                                     AND earlier.position < mine.position)
                ORDER BY due_ms LIMIT :at_most)
        RETURNING *
    """,
    Dialect.POSTGRES: """
        WITH free AS MATERIALIZED (
               SELECT id FROM deliveries AS mine
                WHERE receiver = :receiver
                  AND state = 'pending' AND due_ms <= :now_ms AND claim_ms <= :now_ms
                  AND NOT EXISTS (SELECT 1 FROM deliveries AS earlier
                                   WHERE earlier.job = mine.job AND earlier.state = 'pending'
                                     AND earlier.position < mine.position)
                ORDER BY due_ms LIMIT :at_most
                  FOR UPDATE SKIP LOCKED)
        UPDATE deliveries SET claim_ms = :until_ms, claimer = :claimer FROM free WHERE deliveries.id = free.id
        RETURNING deliveries.*
    """,
}
"""On PostgreSQL, what another process is just claiming is not waited for."""
