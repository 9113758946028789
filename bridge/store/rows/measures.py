"""Numbers over all tenants that an operator watches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridge.jobs.job import OPEN
from bridge.store.database import Tx

MOST_COUNTED: Final = 10_000
"""How many callbacks are counted at most, those first that are due first."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Open jobs by state, kept strays, owed callbacks and when the oldest was made, configured accounts."""

    open_jobs: Mapping[str, int]
    strays: int
    owed: int
    oldest_ms: int | None
    configured: int
    paused: int


def now(tx: Tx) -> Measures:
    """Return the numbers."""
    jobs = tx.all(
        """
        SELECT CASE WHEN account IS NULL THEN 'queued' ELSE state END AS state, count(*) AS found
          FROM jobs WHERE ended_ms IS NULL
         GROUP BY CASE WHEN account IS NULL THEN 'queued' ELSE state END
        """
    )
    counted = {row["state"]: row["found"] for row in jobs}
    strays = tx.one("SELECT count(*) AS found FROM strays")
    owed = tx.one(
        """
        SELECT count(*) AS found, min(made_ms) AS oldest_ms
          FROM (SELECT made_ms FROM deliveries WHERE state = 'pending' ORDER BY due_ms LIMIT :at_most) AS due
        """,
        at_most=MOST_COUNTED,
    )
    accounts = tx.one(
        """
        SELECT count(*) AS configured, coalesce(sum(CASE WHEN is_paused <> 0 THEN 1 ELSE 0 END), 0) AS paused
          FROM accounts WHERE kind = 'configured'
        """
    )
    return Measures(
        open_jobs={state.value: counted.get(state.value, 0) for state in OPEN},
        strays=strays["found"] if strays else 0,
        owed=owed["found"] if owed else 0,
        oldest_ms=owed["oldest_ms"] if owed else None,
        configured=accounts["configured"] if accounts else 0,
        paused=int(accounts["paused"]) if accounts else 0,
    )
