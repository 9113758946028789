"""A tenant's deliveries as they are listed: with their attempts, newest first, a page at a time.

Nothing here changes a delivery: see `deliveries`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.store.database import Row, Tx
from bridge.store.rows import deliveries, jobs
from bridge.store.rows.deliveries import Delivery

STATES: Final = ("pending", "delivered", "given_up")
MOST_COUNTED: Final = 1_000
"""The maximum count of given up callbacks, because a request for the health waits for it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of one attempt; `status` is the receiver's, None without an answer."""

    at_ms: int
    status: int | None
    duration_ms: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Callback:
    """A delivery, the job status it reports, and its attempts, oldest first."""

    delivery: Delivery
    status: str
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The number of given up callbacks, and the newest one: its job, receiver and time."""

    count: int
    job: str
    receiver: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackFilters:
    """The filters of the list; an empty text does not filter."""

    job: str = ""
    state: str = ""


def page(tx: Tx, tenant: str, filters: CallbackFilters, before: int, at_most: int) -> Sequence[Callback]:
    """Return a tenant's deliveries whose position is below `before`."""
    given = {"job": filters.job, "state": filters.state}
    leader = next((name for name, value in given.items() if value), "")
    rows = tx.all(_WALKS[leader], tenant=tenant, before=before, at_most=at_most, **given)
    return [_callback(tx, row) for row in rows]


def undelivered(tx: Tx, tenant: str) -> Undelivered | None:
    """Return a tenant's given up deliveries, None if there are none."""
    newest = tx.one(
        """
        SELECT job, receiver, due_ms FROM deliveries
         WHERE tenant = :tenant AND state = 'given_up'
         ORDER BY position DESC LIMIT 1
        """,
        tenant=tenant,
    )
    counted = tx.one(
        """
        SELECT count(*) AS found
          FROM (SELECT 1 FROM deliveries WHERE tenant = :tenant AND state = 'given_up' LIMIT :at_most) AS few
        """,
        tenant=tenant,
        at_most=MOST_COUNTED,
    )
    if newest is None or counted is None:
        return None
    return Undelivered(counted["found"], newest["job"], newest["receiver"], newest["due_ms"])


def _callback(tx: Tx, row: Row) -> Callback:
    delivery = deliveries.read(row)
    return Callback(delivery, _status(tx, row), _attempts(tx, delivery.id))


def _status(tx: Tx, row: Row) -> str:
    """Return the status that a delivery reports; if it cannot be read, its job's current one."""
    try:
        return jobs.load(row["snapshot"]).status
    except ValueError:
        job = tx.one("SELECT status FROM jobs WHERE id = :id", id=row["job"])
        return str(job["status"]) if job else ""


def _attempts(tx: Tx, delivery: str) -> Sequence[Attempt]:
    rows = tx.all(
        """
        SELECT at_ms, status, duration_ms, error FROM attempts
         WHERE delivery = :delivery ORDER BY at_ms, rowid
        """,
        delivery=delivery,
    )
    return [Attempt(row["at_ms"], row["status"], row["duration_ms"], row["error"]) for row in rows]


_WALKS: Final[Mapping[str, str]] = {
    "job": """
        SELECT deliveries.*, snapshot FROM deliveries JOIN events USING (position)
         WHERE deliveries.job = :job AND events.tenant = :tenant AND position < :before
           AND :state IN ('', state)
         ORDER BY position DESC LIMIT :at_most
    """,
    "state": """
        SELECT deliveries.*, snapshot FROM deliveries JOIN events USING (position)
         WHERE deliveries.tenant = :tenant AND state = :state AND position < :before
         ORDER BY position DESC LIMIT :at_most
    """,
    "": """
        SELECT deliveries.*, snapshot FROM deliveries JOIN events USING (position)
         WHERE deliveries.tenant = :tenant AND position < :before
         ORDER BY position DESC LIMIT :at_most
    """,
}
"""The queries by their leading filter."""
