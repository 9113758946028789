"""The change log: one durable row per visible step of a job."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.jobs.job import Job
from bridge.store.database import Row, Tx
from bridge.store.rows import jobs, meta


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a job, as the job was then; `position` is its place in the log."""

    position: int
    at_ms: int
    job: Job


def begin(tx: Tx, now_ms: int) -> None:
    """Begin a log that has given no position yet at the time, which is ahead of every older log's positions.

    So whoever comes with a position of a database that was deleted is told that what it stood in is gone.
    """
    if tx.one("SELECT seq FROM sqlite_sequence WHERE name = 'events'") is None:
        tx.run("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', :now_ms)", now_ms=now_ms)
        cut(tx, now_ms)


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
    """Return the steps behind a position, in order, so many as long as there are more.

    Those that cannot be read are left out: they are of a newer version of the bridge, or damaged.
    """
    found: list[Event] = []
    while len(found) < at_most:
        rows = tx.all(
            "SELECT * FROM events WHERE position > :position ORDER BY position LIMIT :at_most",
            position=position,
            at_most=at_most - len(found),
        )
        if not rows:
            break
        found += (event for row in rows if (event := _readable(row)))
        position = rows[-1]["position"]
    return found


def at(tx: Tx, position: int) -> Event | None:
    """Return the step at a position."""
    row = tx.one("SELECT * FROM events WHERE position = :position", position=position)
    return _event(row) if row else None


def ends(tx: Tx) -> tuple[int, int]:
    """Return where the log begins that is kept, and the newest position that was given.

    Where it begins is where it was cut, not its oldest row: progress goes earlier, and leaves gaps.
    """
    cut_at = meta.get(tx, "log_cut_at")
    given = tx.one("SELECT seq FROM sqlite_sequence WHERE name = 'events'")
    return int(cut_at or 0) + 1, given["seq"] if given else 0


def delete(tx: Tx, position: int) -> None:
    """Delete a step. Without progress the log is still whole for whoever wants to know how jobs ended."""
    tx.run("DELETE FROM events WHERE position = :position", position=position)


def cut(tx: Tx, position: int) -> None:
    """Keep that nothing up to a position is in the log any more."""
    meta.put(tx, "log_cut_at", str(position))


def _readable(row: Row) -> Event | None:
    try:
        return _event(row)
    except ValueError:
        return None


def _event(row: Row) -> Event:
    return Event(row["position"], row["at_ms"], jobs.load(row["snapshot"]))
