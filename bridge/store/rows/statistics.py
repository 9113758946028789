"""How many jobs there are by status, and how the jobs of a channel's last day ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.store.database import Tx

MOST_COUNTED: Final = 10_000
"""How many ended jobs are counted at most, because a person waits for it."""


@dataclass(frozen=True, slots=True)
class EndedJob:
    """When a job ended, with which status, and how long it waited to be sent; None: it was never sent."""

    ended_ms: int
    status: str
    waited_ms: int | None


def open_by_status(tx: Tx, tenant: str) -> Mapping[str, int]:
    """Return how many jobs of a tenant are running, by status."""
    rows = tx.all(
        """
        SELECT status, count(*) AS found FROM jobs INDEXED BY jobs_executing
         WHERE tenant = :tenant AND ended_ms IS NULL
         GROUP BY status
        """,
        tenant=tenant,
    )
    return {row["status"]: row["found"] for row in rows}


def ended_by_status(tx: Tx, tenant: str, since_ms: int) -> Mapping[str, int]:
    """Return how many jobs of a tenant have ended since then, by status; at most `MOST_COUNTED` in all."""
    rows = tx.all(
        """
        SELECT status, count(*) AS found
          FROM (SELECT jobs.status
                  FROM accounts CROSS JOIN jobs
                 WHERE jobs.account = accounts.id AND jobs.ended_ms >= :since_ms
                   AND accounts.tenant = :tenant
                 UNION ALL
                SELECT status FROM jobs
                 WHERE account IS NULL AND ended_ms >= :since_ms AND tenant = :tenant
                 LIMIT :at_most) AS ended
         GROUP BY status
        """,
        tenant=tenant,
        since_ms=since_ms,
        at_most=MOST_COUNTED,
    )
    return {row["status"]: row["found"] for row in rows}


def ended_in_channel(tx: Tx, tenant: str, channel: str, since_ms: int) -> Sequence[EndedJob]:
    """Return the newest jobs of a channel that have ended since then."""
    rows = tx.all(
        """
        SELECT jobs.ended_ms, jobs.status, jobs.created_ms,
               (SELECT min(sent_ms) FROM interactions
                 WHERE interactions.job = jobs.id AND kind = 'run' AND is_void = 0) AS sent_ms
          FROM accounts CROSS JOIN jobs
         WHERE jobs.account = accounts.id AND jobs.ended_ms >= :since_ms
           AND accounts.tenant = :tenant AND accounts.channel = :channel
         ORDER BY jobs.ended_ms DESC LIMIT :at_most
        """,
        tenant=tenant,
        channel=channel,
        since_ms=since_ms,
        at_most=MOST_COUNTED,
    )
    return [
        EndedJob(
            row["ended_ms"],
            row["status"],
            None if row["sent_ms"] is None else max(0, row["sent_ms"] - row["created_ms"]),
        )
        for row in rows
    ]
