"""Jobs whose submit is not answered yet: their callbacks wait, whichever process sends them."""

from collections.abc import Iterable, Sequence

from bridge.store.database import Tx


def begin(tx: Tx, job: str, until_ms: int, machine: str) -> None:
    """Let the callbacks of a new job wait for `end`: at most until `until_ms`, and while `machine` runs."""
    tx.run(
        "INSERT INTO open_submits (job, until_ms, machine) VALUES (:job, :until_ms, :machine)",
        job=job,
        until_ms=until_ms,
        machine=machine,
    )


def end(tx: Tx, jobs: Iterable[str]) -> None:
    """Let the callbacks of these jobs go."""
    for job in jobs:
        tx.run("DELETE FROM open_submits WHERE job = :job", job=job)


def wait_ms(tx: Tx, job: str, now_ms: int) -> int:
    """Return for how long the callbacks of a job still wait at most; 0 if they do not."""
    row = tx.one(
        """
        SELECT until_ms FROM open_submits
         WHERE job = :job
           AND (machine = '' OR EXISTS (SELECT 1 FROM machines WHERE id = open_submits.machine))
        """,
        job=job,
    )
    return max(0, row["until_ms"] - now_ms) if row else 0


def older_than(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return the jobs whose callbacks wait no longer: the process that had their submit has ended."""
    rows = tx.all(
        "SELECT job FROM open_submits WHERE until_ms < :before_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["job"] for row in rows]


def delete(tx: Tx, job: str) -> None:
    """Delete one."""
    end(tx, [job])
