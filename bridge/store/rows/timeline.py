"""What happened to one job, as its timeline shows it; of each kind the newest rows only.

The messages and deliveries of a job are in `messages` and `callbacks`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bridge.jobs.job import Job
from bridge.store.database import Tx
from bridge.store.rows import events, jobs
from bridge.store.rows.events import Event

AT_MOST: Final = 200
"""How many rows of a kind a timeline has; few jobs have as many."""


@dataclass(frozen=True, slots=True)
class SentInteraction:
    """A POST of a job. `answer` is Discord's, None while there is none; `is_void`: nothing ran."""

    kind: str
    sent_ms: int
    answered_ms: int | None
    interaction_id: str | None
    answer: str | None
    is_void: bool


@dataclass(frozen=True, slots=True)
class TimedMessage:
    """A message that belongs to a job, the rule by which that was found, and when it was received."""

    id: str
    rule: str
    has_files: bool
    at_ms: int


def events_of(tx: Tx, job: str) -> Sequence[Event]:
    """Return the newest events of a job, oldest first; unreadable ones are left out."""
    rows = tx.all(
        """
        SELECT events.* FROM job_events JOIN events ON events.position = job_events.position
         WHERE job = :job
         ORDER BY job_events.position DESC LIMIT :at_most
        """,
        job=job,
        at_most=AT_MOST,
    )
    return events.readable(reversed(rows))


def interactions_of(tx: Tx, job: str) -> Sequence[SentInteraction]:
    """Return the newest POSTs of a job, oldest first."""
    rows = tx.all(
        """
        SELECT kind, sent_ms, answered_ms, interaction_id, answer, is_void FROM interactions
         WHERE job = :job
         ORDER BY sent_ms DESC LIMIT :at_most
        """,
        job=job,
        at_most=AT_MOST,
    )
    return [
        SentInteraction(
            row["kind"],
            row["sent_ms"],
            row["answered_ms"],
            row["interaction_id"],
            row["answer"],
            bool(row["is_void"]),
        )
        for row in reversed(rows)
    ]


def messages_of(tx: Tx, job: str) -> Sequence[TimedMessage]:
    """Return the newest messages of a job, oldest first."""
    rows = tx.all(
        """
        SELECT message_id, rule, files, at_ms FROM job_messages
         WHERE job = :job
         ORDER BY at_ms DESC, message_id DESC LIMIT :at_most
        """,
        job=job,
        at_most=AT_MOST,
    )
    return [
        TimedMessage(row["message_id"], row["rule"], row["files"] is not None, row["at_ms"])
        for row in reversed(rows)
    ]


def children_of(tx: Tx, tenant: str, job: str) -> Sequence[Job]:
    """Return the newest jobs that a button of a job has made, oldest first."""
    rows = tx.all(
        """
        SELECT * FROM jobs
         WHERE parent = :job AND tenant = :tenant
         ORDER BY number DESC LIMIT :at_most
        """,
        job=job,
        tenant=tenant,
        at_most=AT_MOST,
    )
    return jobs.sorted_out(reversed(rows))[0]
