"""What a database says of its restoration from a backup: that it is new, and which time is unknown to it."""

from bridge.jobs.post import Window
from bridge.ports import DAY_MS
from bridge.store.database import Tx
from bridge.store.rows import meta


def mark(tx: Tx, taken_ms: int) -> None:
    """Note that a database was restored from a backup of this time, and no bridge has run on it yet."""
    meta.put(tx, "restored_backup_ms", str(taken_ms))


def take_mark(tx: Tx) -> int | None:
    """Delete the mark and return the time of the backup, None without one."""
    row = tx.one("DELETE FROM meta WHERE key = 'restored_backup_ms' RETURNING value")
    return int(row["value"]) if row else None


def keep_unknown_time(tx: Tx, since_ms: int, until_ms: int) -> None:
    """Store in which time a bridge may have worked of which this database knows nothing.

    Two such times within a day count as one, with what was between them.
    """
    earlier = unknown_time(tx)
    if earlier is not None and since_ms - earlier[1] < DAY_MS:
        since_ms = min(since_ms, earlier[0])
    meta.put(tx, "unknown_time", f"{since_ms} {until_ms}")


def unknown_time(tx: Tx) -> Window | None:
    """Return the time, by the local clock, of which this database knows nothing; None if there is none."""
    found = meta.get(tx, "unknown_time")
    if found is None:
        return None
    since_ms, until_ms = found.split()
    return int(since_ms), int(until_ms)


def waiting(tx: Tx) -> list[tuple[str, int]]:
    """Return all jobs that wait to be sent, each with its account, oldest first."""
    rows = tx.all(
        """
        SELECT id, account FROM jobs
         WHERE state = 'waiting' AND ended_ms IS NULL AND account IS NOT NULL
         ORDER BY number
        """
    )
    return [(row["id"], row["account"]) for row in rows]


def queued(tx: Tx) -> list[str]:
    """Return all jobs that wait for an account, oldest first."""
    rows = tx.all("SELECT id FROM jobs WHERE ended_ms IS NULL AND account IS NULL ORDER BY number")
    return [row["id"] for row in rows]


def unsubmitted(tx: Tx) -> list[tuple[str, int]]:
    """Return all open jobs whose modal waits to be submitted, each with its account, oldest first."""
    rows = tx.all(
        """
        SELECT offered.job, jobs.account
          FROM interactions AS offered JOIN jobs ON jobs.id = offered.job
         WHERE jobs.ended_ms IS NULL AND offered.modal IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM interactions AS submitted
                            WHERE submitted.job = offered.job AND submitted.kind = 'modal'
                              AND submitted.is_void = 0)
         ORDER BY offered.sent_ms
        """
    )
    return [(row["job"], row["account"]) for row in rows]


def pressed(tx: Tx) -> list[tuple[str, int]]:
    """Return all open jobs that pressed a button and have no modal yet, each with its account."""
    rows = tx.all(
        """
        SELECT pressed.job, jobs.account
          FROM interactions AS pressed JOIN jobs ON jobs.id = pressed.job
         WHERE jobs.ended_ms IS NULL AND jobs.verb = 'pixverse-button' AND jobs.state IN ('sending', 'sent')
           AND pressed.kind = 'run' AND pressed.is_void = 0 AND pressed.modal IS NULL
           AND NOT EXISTS (SELECT 1 FROM interactions AS submitted
                            WHERE submitted.job = pressed.job AND submitted.kind = 'modal'
                              AND submitted.is_void = 0)
         ORDER BY pressed.sent_ms
        """
    )
    return [(row["job"], row["account"]) for row in rows]
