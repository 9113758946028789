"""One row per POST; a unique index guarantees that a job is submitted at most once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.chat import snowflake_ms
from bridge.jobs.post import UNKNOWN_CLOCK_DIFFERENCE_MS, Post
from bridge.store.database import AlreadyThere, Dialect, Row, Tx

NEWEST_TOLD: Final = 50
"""How many of the newest POSTs with an id are searched for one that shows the clock difference."""

LONGEST_GAP_MS: Final = 360_000
"""The longest time between two consecutive attempts: a pause and a new preparation."""


def begin(tx: Tx, *, nonce: str, job: str, account: int, kind: str, sender: str | None, now_ms: int) -> None:
    """Record that a POST is about to be made.

    Raises `AlreadyThere` if the job has one that is not void, or the nonce is used; the body may go on then.
    """
    begun = tx.run(
        """
        INSERT INTO interactions (nonce, job, account, kind, sender, sent_ms)
        VALUES (:nonce, :job, :account, :kind, :sender, :now_ms)
        ON CONFLICT DO NOTHING
        """,
        nonce=nonce,
        job=job,
        account=account,
        kind=kind,
        sender=sender,
        now_ms=now_ms,
    )
    if not begun:
        raise AlreadyThere(f"job {job} has a POST, or the nonce {nonce} is used")


def answered(tx: Tx, nonce: str, answer: str, now_ms: int) -> None:
    """Store Discord's answer."""
    tx.run(
        "UPDATE interactions SET answer = :answer, answered_ms = :now_ms WHERE nonce = :nonce",
        nonce=nonce,
        answer=answer,
        now_ms=now_ms,
    )


def void(tx: Tx, nonce: str, answer: str, now_ms: int) -> None:
    """Record that nothing ran; only with proof."""
    tx.run(
        "UPDATE interactions SET answer = :answer, answered_ms = :now_ms, is_void = 1 WHERE nonce = :nonce",
        nonce=nonce,
        answer=answer,
        now_ms=now_ms,
    )


def never_made(tx: Tx, *, nonce: str, job: str, account: int, kind: str, now_ms: int) -> None:
    """Record that a POST was not made, whether or not `begin` is stored: that fails if it comes later."""
    tx.run(
        """
        INSERT INTO interactions (nonce, job, account, kind, answer, is_void, sent_ms, answered_ms)
        VALUES (:nonce, :job, :account, :kind, 'notsent', 1, :now_ms, :now_ms)
        ON CONFLICT (nonce) DO UPDATE
           SET answer = excluded.answer, is_void = 1, answered_ms = excluded.answered_ms
         WHERE interactions.job = excluded.job
        """,
        nonce=nonce,
        job=job,
        account=account,
        kind=kind,
        now_ms=now_ms,
    )


def created(tx: Tx, nonce: str, interaction_id: str) -> None:
    """Store the interaction id that Discord assigned, if the nonce is from this bridge.

    If the id was assigned to another POST by time only, that one loses it.
    """
    tx.run(
        "UPDATE interactions SET interaction_id = NULL WHERE interaction_id = :id AND nonce <> :nonce",
        nonce=nonce,
        id=interaction_id,
    )
    tx.run(
        "UPDATE interactions SET interaction_id = :id WHERE nonce = :nonce", nonce=nonce, id=interaction_id
    )


def learned(tx: Tx, job: str, interaction_id: str) -> None:
    """Store an interaction id found in a message, for the POST at about its time whose event was lost."""
    tx.run(
        """
        UPDATE interactions SET interaction_id = :id
         WHERE nonce = (SELECT nonce FROM interactions
                         WHERE job = :job AND is_void = 0 AND interaction_id IS NULL
                         ORDER BY abs(sent_ms - :our_ms) LIMIT 1)
        """,
        job=job,
        id=interaction_id,
        our_ms=snowflake_ms(interaction_id) + (ahead_ms(tx) or 0),
    )


def of_job(tx: Tx, job: str) -> Sequence[Post]:
    """Return the POSTs of a job."""
    return [_post(row) for row in tx.all("SELECT * FROM interactions WHERE job = :job", job=job)]


def job_of(tx: Tx, nonce: str) -> str | None:
    """Return the job of a nonce."""
    row = tx.one("SELECT job FROM interactions WHERE nonce = :nonce", nonce=nonce)
    return row["job"] if row else None


def is_acknowledged(tx: Tx, nonce: str) -> bool:
    """Return whether a gateway event has confirmed the interaction."""
    row = tx.one("SELECT interaction_id FROM interactions WHERE nonce = :nonce", nonce=nonce)
    return row is not None and row["interaction_id"] is not None


def is_begun(tx: Tx, job: str, kind: str) -> bool:
    """Return whether a job has a POST of a kind that is not void."""
    row = tx.one(
        "SELECT 1 FROM interactions WHERE job = :job AND kind = :kind AND is_void = 0", job=job, kind=kind
    )
    return row is not None


def has_another(tx: Tx, nonce: str) -> bool:
    """Return whether the same job has another POST of the same kind that is not void."""
    row = tx.one(
        """
        SELECT 1
          FROM interactions AS this JOIN interactions AS other USING (job, kind)
         WHERE this.nonce = :nonce AND other.nonce <> :nonce AND other.is_void = 0
        """,
        nonce=nonce,
    )
    return row is not None


def oldest_sent_ms(tx: Tx, account: int) -> int | None:
    """Return the earliest time, by Discord's clock, of a POST of an account's owed jobs."""
    ahead = ahead_ms(tx)
    most_ahead_ms = UNKNOWN_CLOCK_DIFFERENCE_MS if ahead is None else ahead
    rows = tx.all(
        """
        SELECT interactions.*
          FROM interactions JOIN jobs ON jobs.id = interactions.job
         WHERE jobs.account = :account AND jobs.is_owed = 1 AND interactions.is_void = 0
        """,
        account=account,
    )
    return min((_post(row).made_ms(most_ahead_ms) for row in rows), default=None)


def ahead_ms(tx: Tx) -> int | None:
    """Return how far the local clock is ahead of Discord's in ms, None if unknown.

    It is the smallest difference that puts the id of the last confirmed POST into the POST's time span. An id
    that was assigned by time only proves nothing; if there are many of those, the difference is unknown.
    """
    row = tx.one(
        """
        SELECT nonce, sender, interaction_id, answer, is_void, sent_ms, answered_ms
          FROM (SELECT rowid AS number, job, nonce, sender, interaction_id, answer, is_void, sent_ms,
                       answered_ms
                  FROM interactions INDEXED BY interactions_told
                 WHERE interaction_id IS NOT NULL AND is_void = 0
                 ORDER BY interactions.rowid DESC LIMIT :newest) AS told
         WHERE NOT EXISTS (SELECT 1 FROM job_messages
                            WHERE job_messages.job = told.job AND job_messages.rule = 'window')
         ORDER BY number DESC LIMIT 1
        """,
        newest=NEWEST_TOLD,
    )
    return _post(row).ahead_ms if row else None


@dataclass(frozen=True, slots=True)
class NeverLeft:
    """The POSTs of a job that provably never left: how many, over how long, and when the last."""

    tries: int
    tried_ms: int
    last_ms: int | None


def never_left(tx: Tx, jobs: Sequence[str], now_ms: int) -> Mapping[str, NeverLeft]:
    """Return the POSTs that never left, by job; one in the future is ignored (the clock was set back).

    Time in which nothing could be attempted, for example without a connection, is mostly not counted.
    """
    rows = tx.all(
        _NEVER_LEFT[tx.dialect],
        jobs=json.dumps(jobs),
        longest_ms=LONGEST_GAP_MS,
        now_ms=now_ms,
    )
    known = {row["job"]: NeverLeft(row["tries"], row["tried_ms"], row["last_ms"]) for row in rows}
    return {job: known.get(job, NeverLeft(0, 0, None)) for job in jobs}


def last_sent_ms(tx: Tx, account: int, now_ms: int) -> int:
    """Return the time of an account's last POST, 0 without one; those in the future are ignored."""
    row = tx.one(
        """
        SELECT sent_ms FROM interactions
         WHERE account = :account AND sent_ms <= :now_ms
         ORDER BY sent_ms DESC LIMIT 1
        """,
        account=account,
        now_ms=now_ms,
    )
    return row["sent_ms"] if row else 0


def last_senders(tx: Tx, account: int) -> frozenset[str]:
    """Return the user id of an account's newest POST, if there is one."""
    rows = tx.all(
        "SELECT sender FROM interactions WHERE account = :account ORDER BY sent_ms DESC LIMIT 1",
        account=account,
    )
    return frozenset(row["sender"] for row in rows if row["sender"])


def tries(tx: Tx, nonce: str) -> int:
    """Return how many POSTs of the same job and kind had the same answer, including this one."""
    row = tx.one(
        """
        SELECT count(*) AS n
          FROM interactions AS this JOIN interactions AS alike USING (job, kind, answer)
         WHERE this.nonce = :nonce
        """,
        nonce=nonce,
    )
    return row["n"] if row else 0


def without_news(tx: Tx, account: int, before_ms: int) -> list[str]:
    """Return the open jobs whose newest POST was made before `before_ms` and has shown no effect since.

    The effect of a command is the job's state; that of a modal submit is a message bound since.
    """
    rows = tx.all(
        """
        SELECT interactions.job
          FROM interactions JOIN jobs ON jobs.id = interactions.job
         WHERE jobs.account = :account AND jobs.ended_ms IS NULL
           AND interactions.is_void = 0 AND interactions.interaction_id IS NULL
           AND coalesce(interactions.answered_ms, interactions.sent_ms) < :before_ms
           AND (interactions.kind = 'run' AND jobs.state = 'sending'
             OR interactions.kind = 'modal' AND jobs.state = 'sent'
                AND coalesce(interactions.answer, 'unknown') = 'unknown'
                AND NOT EXISTS (SELECT 1 FROM job_messages
                                 WHERE job_messages.job = jobs.id
                                   AND job_messages.at_ms >= interactions.sent_ms))
        """,
        account=account,
        before_ms=before_ms,
    )
    return [row["job"] for row in rows]


def _post(row: Row) -> Post:
    return Post(
        row["nonce"],
        row["sender"],
        row["interaction_id"],
        row["answer"],
        bool(row["is_void"]),
        row["sent_ms"],
        row["answered_ms"],
    )


_NEVER_LEFT: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: """
        SELECT job, count(*) AS tries,
               coalesce(sum(CASE WHEN after_ms < 0 THEN 0
                                 WHEN after_ms > :longest_ms THEN :longest_ms
                                 ELSE after_ms END), 0) AS tried_ms,
               max(CASE WHEN answered_ms <= :now_ms THEN answered_ms END) AS last_ms
          FROM (SELECT job, answered_ms,
                       sent_ms - lag(sent_ms) OVER (PARTITION BY job ORDER BY interactions.rowid) AS after_ms
                  FROM json_each(:jobs) AS asked CROSS JOIN interactions ON interactions.job = asked.value
                 WHERE answer = 'notsent') AS posts
         GROUP BY job
    """,
    Dialect.POSTGRES: """
        SELECT job, count(*) AS tries,
               CAST(coalesce(sum(CASE WHEN after_ms < 0 THEN 0
                                      WHEN after_ms > :longest_ms THEN :longest_ms
                                      ELSE after_ms END), 0) AS BIGINT) AS tried_ms,
               max(CASE WHEN answered_ms <= :now_ms THEN answered_ms END) AS last_ms
          FROM (SELECT job, answered_ms,
                       sent_ms - lag(sent_ms) OVER (PARTITION BY job ORDER BY interactions.rowid) AS after_ms
                  FROM json_array_elements_text(CAST(:jobs AS JSON)) AS asked (value)
                  JOIN interactions ON interactions.job = asked.value
                 WHERE answer = 'notsent') AS posts
         GROUP BY job
    """,
}
