"""The change log: one durable row per visible step of a job."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.jobs.job import Job
from bridge.store import jobs
from bridge.store.database import Row, Tx


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a job, as the job was then; `position` is its place in the log."""

    position: int
    at_ms: int
    job: Job


def append(tx: Tx, job: Job) -> int:
    """Write down the step with which a job became what is kept of it now, and return its position."""
    row = tx.one(
        """
        INSERT INTO events (tenant, at_ms, is_progress, snapshot)
        SELECT tenant, :at_ms, state = 'progress', body FROM jobs WHERE id = :id
        RETURNING position
        """,
        id=job.id,
        at_ms=job.updated_ms,
    )
    position: int = row["position"]  # type: ignore[index]
    return position


def after(tx: Tx, position: int, at_most: int) -> Sequence[Event]:
    """Return the steps behind a position, in order."""
    rows = tx.all(
        "SELECT * FROM events WHERE position > :position ORDER BY position LIMIT :at_most",
        position=position,
        at_most=at_most,
    )
    return [_event(row) for row in rows]


def at(tx: Tx, position: int) -> Event | None:
    """Return the step at a position."""
    row = tx.one("SELECT * FROM events WHERE position = :position", position=position)
    return _event(row) if row else None


def ends(tx: Tx) -> tuple[int, int]:
    """Return where the log begins that is kept, and the newest position that was given; (1, 0) at first.

    Where it begins is where it was cut, not its oldest row: progress goes earlier, and leaves gaps.
    """
    cut = tx.one("SELECT value FROM meta WHERE key = 'log_cut_at'")
    given = tx.one("SELECT seq FROM sqlite_sequence WHERE name = 'events'")
    return int(cut["value"]) + 1 if cut else 1, given["seq"] if given else 0


def _event(row: Row) -> Event:
    return Event(row["position"], row["at_ms"], jobs.load(row["snapshot"]))
