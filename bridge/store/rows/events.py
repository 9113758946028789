"""The change log: one row per visible change of a job."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.jobs.job import Job
from bridge.store.database import Dialect, Row, Tx
from bridge.store.rows import jobs, meta


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a job, with the job as it was then, at a `position` in the log."""

    position: int
    at_ms: int
    job: Job


def begin(tx: Tx, now_ms: int) -> None:
    """Set the first position of a new log to the current time, which is after all positions of older logs.

    So a client with a position of a deleted database gets `reset`. Of several bridges that start at once, one
    begins it: `next_position` lets one do so at a time, since a sequence is set back by no rollback.
    """
    if tx.one(_IS_BEGUN[tx.dialect]) is None:
        tx.run(_BEGIN[tx.dialect], now_ms=now_ms)
        cut(tx, now_ms)
        tx.run("INSERT INTO log_cuts (tenant, position) VALUES ('', :now_ms)", now_ms=now_ms)


def begin_anew(tx: Tx, now_ms: int) -> None:
    """Go on at the current time after a restore, and record that the log was deleted up to there.

    Positions after the backup were given to readers already: they get `reset`, and no position twice.
    """
    begin(tx, now_ms)
    tx.run(_BEGIN_ANEW[tx.dialect], now_ms=now_ms)
    position = max(now_ms, ends(tx)[1])
    cut(tx, position)
    tx.run(
        """
        INSERT INTO log_cuts (tenant, position) VALUES ('', :position)
        ON CONFLICT (tenant) DO UPDATE SET position = excluded.position
        """,
        position=position,
    )


def append(tx: Tx, job: Job) -> int:
    """Append the current state of a job to the log, and return its position."""
    row = tx.one(
        """
        INSERT INTO events (tenant, at_ms, is_progress, snapshot)
        SELECT tenant, :at_ms, CASE WHEN state = 'progress' THEN 1 ELSE 0 END, body FROM jobs WHERE id = :id
        RETURNING position
        """,
        id=job.id,
        at_ms=job.updated_ms,
    )
    position: int = row["position"]  # type: ignore[index]
    return position


def of_tenant(tx: Tx, tenant: str, position: int, at_most: int) -> Sequence[Event]:
    """Return up to `at_most` events of a tenant after a position, in order; unreadable ones are left out."""
    found: list[Event] = []
    while len(found) < at_most:
        rows = tx.all(
            """
            SELECT * FROM events INDEXED BY events_of_tenant WHERE tenant = :tenant AND position > :position
             ORDER BY position LIMIT :at_most
            """,
            tenant=tenant,
            position=position,
            at_most=at_most - len(found),
        )
        if not rows:
            break
        found += readable(rows)
        position = rows[-1]["position"]
    return found


def after(tx: Tx, position: int, at_most: int) -> Sequence[Event]:
    """Return up to `at_most` events of all tenants after a position, in order.

    Unreadable ones are left out: they are from a newer version of the bridge, or damaged.
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
        found += readable(rows)
        position = rows[-1]["position"]
    return found


def at(tx: Tx, position: int) -> Event | None:
    """Return the event at a position."""
    row = tx.one("SELECT * FROM events WHERE position = :position", position=position)
    return _event(row) if row else None


def ends(tx: Tx) -> tuple[int, int]:
    """Return the position up to which the log was deleted, and the newest assigned position.

    The former is stored separately: the oldest row may be later, since progress is deleted earlier.
    """
    cut_at = int(meta.get(tx, "log_cut_at") or 0)
    given = tx.one(_NEWEST[tx.dialect])
    return cut_at + 1, (given["newest"] if given else None) or 0


def ends_of(tx: Tx, tenant: str) -> tuple[int, int]:
    """Return the oldest and newest position of a tenant's log; the newest is that of the whole log.

    What was deleted of another tenant's part is no cut: nobody is told of it.
    """
    row = tx.one("SELECT max(position) AS cut_at FROM log_cuts WHERE tenant IN ('', :tenant)", tenant=tenant)
    cut_at = row["cut_at"] if row else None
    return (cut_at or 0) + 1, ends(tx)[1]


def delete(tx: Tx, position: int) -> None:
    """Delete a step. Without progress the log is still whole for whoever wants to know how jobs ended."""
    if tx.dialect is Dialect.POSTGRES:
        keep_newest(tx)
    tx.run("DELETE FROM events WHERE position = :position", position=position)


def keep_newest(tx: Tx) -> None:
    """Store the newest position in PostgreSQL, before it is deleted: SQLite remembers it by itself.

    The sequence does not tell it: it may have given positions to transactions that have yet to commit.
    """
    tx.run(_KEEP_NEWEST[Dialect.POSTGRES])


def cut(tx: Tx, position: int) -> None:
    """Record that the log was deleted up to a position."""
    meta.put(tx, "log_cut_at", str(position))


def cut_of_its_tenant(tx: Tx, position: int) -> None:
    """Record that its tenant's part of the log was deleted up to an event, which still exists."""
    tx.run(
        """
        INSERT INTO log_cuts (tenant, position) SELECT tenant, position FROM events WHERE position = :position
        ON CONFLICT (tenant) DO UPDATE SET position = excluded.position
        """,
        position=position,
    )


def readable(rows: Iterable[Row]) -> Sequence[Event]:
    """Return the events of whole rows; unreadable ones are left out."""
    return [event for row in rows if (event := _readable(row))]


def _readable(row: Row) -> Event | None:
    try:
        return _event(row)
    except ValueError:
        return None


def _event(row: Row) -> Event:
    return Event(row["position"], row["at_ms"], jobs.load(row["snapshot"]))


_IS_BEGUN: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: "SELECT seq FROM sqlite_sequence WHERE name = 'events'",
    Dialect.POSTGRES: "SELECT 1 AS is_begun FROM meta WHERE key = 'log_cut_at'",
}
_BEGIN: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: "INSERT INTO sqlite_sequence (name, seq) VALUES ('events', :now_ms)",
    Dialect.POSTGRES: "SELECT setval('positions', greatest(:now_ms, next_position()))",
}
_BEGIN_ANEW: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: "UPDATE sqlite_sequence SET seq = max(seq, :now_ms) WHERE name = 'events'",
    Dialect.POSTGRES: "SELECT setval('positions', greatest(:now_ms, next_position()))",
}
_NEWEST: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: "SELECT seq AS newest FROM sqlite_sequence WHERE name = 'events'",
    Dialect.POSTGRES: """
        SELECT max(position) AS newest
          FROM (SELECT max(position) AS position FROM events
                 UNION ALL
                SELECT CAST(value AS BIGINT) FROM meta WHERE key IN ('log_newest', 'log_cut_at')) AS known
    """,
}
"""The newest position that was given to a transaction that has committed."""
_KEEP_NEWEST: Final[Mapping[Dialect, str]] = {
    Dialect.POSTGRES: """
        INSERT INTO meta (key, value)
        SELECT 'log_newest', CAST(max(position) AS TEXT) FROM events HAVING max(position) IS NOT NULL
        ON CONFLICT (key) DO UPDATE SET value = excluded.value
         WHERE CAST(meta.value AS BIGINT) < CAST(excluded.value AS BIGINT)
    """,
}
