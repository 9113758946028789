"""Jobs as rows: the columns that are searched, and the whole job as JSON.

In the columns, a job in the queue is `waiting` without an account.

A row whose job cannot be read, because it is damaged or from a newer version, is not changed: lists leave it
out, and a request for that job is an error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from bridge.jobs.job import Job, State
from bridge.store.database import Conflict, Row, Tx
from bridge.store.rows import earlier, versioned

_JOB: TypeAdapter[Job] = TypeAdapter(Job)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a job whose body cannot be read."""

    id: str
    number: int
    account: int | None
    state: str
    is_owed: bool
    parent: str | None
    created_ms: int
    ended_ms: int | None


class UnreadableJob(Exception):
    """A job's row exists but cannot be read."""

    def __init__(self, job: Columns) -> None:
        super().__init__(f"job {job.id} cannot be read")
        self.job = job


def dump(job: Job) -> str:
    """Return a job as JSON."""
    return versioned.dump(_JOB, job)


def load(text: str) -> Job:
    """Return the job that `dump` wrote, now or in an earlier version."""
    if text.startswith(versioned.VERSION):
        return _JOB.validate_json(text)
    return _JOB.validate_python(earlier.completed(text))


def insert(tx: Tx, job: Job) -> Job:
    """Insert a job and return it with its number."""
    row = tx.one(
        """
        INSERT INTO jobs (id, tenant, account, channel, parent, verb, state, is_owed, reply_ref, created_ms,
                          ended_ms, revision, body)
        VALUES (:id, :tenant, :account, :channel, :parent, :verb, :state, :is_owed, :reply_ref, :created_ms,
                :ended_ms, :revision, :body)
        RETURNING number
        """,
        id=job.id,
        tenant=job.tenant,
        account=job.account,
        channel=job.channel,
        parent=job.parent,
        verb=job.command.verb,
        state=_column(job.state),
        is_owed=int(job.is_owed),
        reply_ref=job.reply_ref,
        created_ms=job.created_ms,
        ended_ms=job.ended_ms,
        revision=job.revision,
        body=dump(job),
    )
    return replace(job, number=row["number"])  # type: ignore[index]


def save(tx: Tx, job: Job) -> Job:
    """Update a job and return it with its new revision; raises `Conflict` if another change came first."""
    kept = replace(job, revision=job.revision + 1)
    count = tx.run(
        """
        UPDATE jobs
           SET state = :state, is_owed = :is_owed, account = :account, ended_ms = :ended_ms,
               revision = :revision, body = :body
         WHERE id = :id AND revision = :revision - 1
        """,
        id=kept.id,
        state=_column(kept.state),
        is_owed=int(kept.is_owed),
        account=kept.account,
        ended_ms=kept.ended_ms,
        revision=kept.revision,
        body=dump(kept),
    )
    if not count:
        raise Conflict(f"job {job.id} was changed since it was read")
    return kept


def keep_channel(tx: Tx, job: Job) -> None:
    """Store the channel of a job that has been given an account: `save` does not change this column."""
    tx.run("UPDATE jobs SET channel = :channel WHERE id = :id", id=job.id, channel=job.channel)


def stop_tracking(tx: Tx, job: Job) -> None:
    """Stop expecting a late result of a job that has ended."""
    save(tx, replace(job, is_owed=False))


def stop_tracking_unreadable(tx: Tx, job_id: str) -> None:
    """Do the same for an unreadable job; the rest of its row is not changed."""
    tx.run("UPDATE jobs SET is_owed = 0 WHERE id = :id", id=job_id)


def by_id(tx: Tx, job_id: str) -> Job | None:
    """Return a job, or None; raises `UnreadableJob`."""
    row = tx.one("SELECT * FROM jobs WHERE id = :id", id=job_id)
    return read(row) if row else None


def of_tenant(tx: Tx, tenant: str, job_id: str) -> Job | None:
    """Return a tenant's job, or None; raises `UnreadableJob`."""
    row = tx.one("SELECT * FROM jobs WHERE id = :id AND tenant = :tenant", id=job_id, tenant=tenant)
    return read(row) if row else None


def readable(tx: Tx, job_ids: Iterable[str]) -> Sequence[Job]:
    """Return those of the jobs that exist and can be read."""
    rows = (tx.one("SELECT * FROM jobs WHERE id = :id", id=job_id) for job_id in job_ids)
    return sorted_out(row for row in rows if row is not None)[0]


def executing_ids(tx: Tx, tenant: str) -> Sequence[str]:
    """Return the ids of a tenant's running jobs, oldest first."""
    rows = tx.all(
        "SELECT id FROM jobs WHERE tenant = :tenant AND ended_ms IS NULL ORDER BY number", tenant=tenant
    )
    return [row["id"] for row in rows]


def open_of(tx: Tx, account: int) -> Sequence[Job]:
    """Return the jobs of an account that hold a slot, oldest first."""
    rows = tx.all(
        "SELECT * FROM jobs WHERE account = :account AND ended_ms IS NULL ORDER BY number",
        account=account,
    )
    return sorted_out(rows)[0]


def waiting_of(tx: Tx, account: int) -> Sequence[Job]:
    """Return the waiting jobs of an account, oldest first."""
    rows = tx.all(
        """
        SELECT * FROM jobs
         WHERE account = :account AND ended_ms IS NULL AND state = 'waiting'
         ORDER BY number
        """,
        account=account,
    )
    return sorted_out(rows)[0]


def has_any_left(tx: Tx, account: int) -> bool:
    """Return whether an account has an open or owed job."""
    row = tx.one(
        """
        SELECT 1 FROM jobs WHERE account = :account AND is_owed = 1
        UNION ALL
        SELECT 1 FROM jobs WHERE account = :account AND ended_ms IS NULL
        LIMIT 1
        """,
        account=account,
    )
    return row is not None


def owed_of(tx: Tx, account: int) -> Sequence[Job]:
    """Return the owed jobs of an account, oldest first."""
    return all_owed(tx, account)[0]


def all_owed(tx: Tx, account: int) -> tuple[Sequence[Job], Sequence[Columns]]:
    """Return the owed jobs of an account, and the columns of those that cannot be read."""
    rows = tx.all(
        "SELECT * FROM jobs WHERE account = :account AND is_owed = 1 ORDER BY number", account=account
    )
    return sorted_out(rows)


def unreadable_ids(tx: Tx, account: int) -> Sequence[str]:
    """Return the jobs of an account that are open or owed and cannot be read."""
    rows = tx.all(
        """
        SELECT * FROM jobs WHERE account = :account AND is_owed = 1
        UNION ALL
        SELECT * FROM jobs WHERE account = :account AND ended_ms IS NULL AND is_owed = 0
        """,
        account=account,
    )
    return [job.id for job in sorted_out(rows)[1]]


def owed_ids(tx: Tx, account: int) -> Sequence[str]:
    """Return the ids of an account's owed jobs."""
    rows = tx.all("SELECT id FROM jobs WHERE account = :account AND is_owed = 1", account=account)
    return [row["id"] for row in rows]


def ended_since(tx: Tx, account: int, since_ms: int) -> Sequence[Job]:
    """Return the newest 200 jobs of an account that have ended since `since_ms` and are not owed."""
    rows = tx.all(
        """
        SELECT * FROM jobs
         WHERE account = :account AND ended_ms >= :since_ms AND is_owed = 0
         ORDER BY ended_ms DESC LIMIT 200
        """,
        account=account,
        since_ms=since_ms,
    )
    return sorted_out(rows)[0]


def parents_of(tx: Tx, account: int) -> Sequence[str]:
    """Return the ids of the parents of an account's owed jobs."""
    rows = tx.all(
        "SELECT DISTINCT parent FROM jobs WHERE account = :account AND is_owed = 1 AND parent IS NOT NULL",
        account=account,
    )
    return [row["parent"] for row in rows]


def sorted_out(rows: Iterable[Row]) -> tuple[Sequence[Job], Sequence[Columns]]:
    """Return the jobs of whole rows, and the columns of those that cannot be read."""
    found, unreadable = [], []
    for row in rows:
        try:
            found.append(read(row))
        except UnreadableJob as error:
            unreadable.append(error.job)
    return found, unreadable


def read(row: Row) -> Job:
    """Return the job of a whole row; raises `UnreadableJob`."""
    try:
        return replace(load(row["body"]), number=row["number"])
    except ValueError as error:
        raise UnreadableJob(_columns(row)) from error


def _column(state: State) -> State:
    """Return the state as its column has it: the status, which is derived from it, is the same for both."""
    return State.WAITING if state is State.QUEUED else state


def _columns(row: Row) -> Columns:
    return Columns(
        id=row["id"],
        number=row["number"],
        account=row["account"],
        state=row["state"],
        is_owed=bool(row["is_owed"]),
        parent=row["parent"],
        created_ms=row["created_ms"],
        ended_ms=row["ended_ms"],
    )
