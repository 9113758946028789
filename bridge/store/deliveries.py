"""The outbox: POSTs owed to replyUrls. A claim ends by itself, so a crash loses none."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.store.database import Row, Tx


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST that is owed; `id` is the same for all its attempts, `position` names the event it tells."""

    id: str
    tenant: str
    job: str
    position: int
    url: str
    state: str
    tries: int
    due_ms: int
    made_ms: int


def owe(tx: Tx, *, delivery: str, tenant: str, job: str, position: int, url: str, now_ms: int) -> None:
    """Owe a POST, due at once."""
    tx.run(
        """
        INSERT INTO deliveries (id, tenant, job, position, url, state, due_ms, made_ms)
        VALUES (:id, :tenant, :job, :position, :url, 'pending', :now_ms, :now_ms)
        """,
        id=delivery,
        tenant=tenant,
        job=job,
        position=position,
        url=url,
        now_ms=now_ms,
    )


def claim(tx: Tx, now_ms: int, until_ms: int, at_most: int) -> Sequence[Delivery]:
    """Return what is due, at most one for each job, and keep it from others until then."""
    rows = tx.all(
        """
        UPDATE deliveries SET claim_ms = :until_ms
         WHERE id IN (
               SELECT id FROM deliveries AS mine
                WHERE state = 'pending' AND due_ms <= :now_ms AND claim_ms <= :now_ms
                  AND NOT EXISTS (SELECT 1 FROM deliveries AS earlier
                                   WHERE earlier.job = mine.job AND earlier.state = 'pending'
                                     AND earlier.position < mine.position)
                ORDER BY due_ms, position LIMIT :at_most)
        RETURNING *
        """,
        now_ms=now_ms,
        until_ms=until_ms,
        at_most=at_most,
    )
    return sorted((_delivery(row) for row in rows), key=lambda delivery: delivery.position)


def settle(tx: Tx, delivery: str, state: str, due_ms: int) -> None:
    """Keep what became of a delivery: delivered, given up, or pending until its next attempt."""
    tx.run(
        """
        UPDATE deliveries SET state = :state, due_ms = :due_ms, claim_ms = 0, tries = tries + 1
         WHERE id = :id
        """,
        id=delivery,
        state=state,
        due_ms=due_ms,
    )


def attempted(
    tx: Tx, delivery: str, *, at_ms: int, status: int | None, duration_ms: int, error: str | None
) -> None:
    """Keep how one attempt went."""
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


def next_due_ms(tx: Tx) -> int | None:
    """Return when the next delivery is due or its claim ends, None when nothing is owed.

    One that waits for an earlier one of its job does not count, or its claimer would run in circles.
    """
    row = tx.one(
        """
        SELECT min(CASE WHEN claim_ms > due_ms THEN claim_ms ELSE due_ms END) AS due_ms
          FROM deliveries AS mine
         WHERE state = 'pending'
           AND NOT EXISTS (SELECT 1 FROM deliveries AS earlier
                            WHERE earlier.job = mine.job AND earlier.state = 'pending'
                              AND earlier.position < mine.position)
        """
    )
    return row["due_ms"] if row else None


def release(tx: Tx) -> None:
    """End every claim: for the start of the only process that can have any."""
    tx.run("UPDATE deliveries SET claim_ms = 0 WHERE state = 'pending' AND claim_ms > 0")


def _delivery(row: Row) -> Delivery:
    return Delivery(**{name: row[name] for name in Delivery.__dataclass_fields__})
