"""One row per POST begun; a unique index keeps the promise of at most one submission."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.chat import snowflake_ms
from bridge.ports import MINUTE_MS
from bridge.store.database import Row, Tx

UNANSWERED_WINDOW_MS: Final = MINUTE_MS
"""How long after its start a POST without an answer may still have been taken by Discord."""
UNTOLD_MS: Final = 900_000
"""How far our clock and Discord's are taken to be apart at most while nothing has told."""
NEWEST_TOLD: Final = 50
"""Among how many of the newest POSTs with an id one is looked for that tells how far the clocks are apart."""

LONGEST_GAP_MS: Final = 360_000
"""How far two tries lie apart at most that followed each other: a pause, and what is prepared anew."""


def begin(tx: Tx, *, nonce: str, job: str, account: int, kind: str, sender: str | None, now_ms: int) -> None:
    """Keep that a POST is about to be made.

    Raises `AlreadyThere` when the job has one that is not void, or another POST has the nonce.
    """
    tx.run(
        """
        INSERT INTO interactions (nonce, job, account, kind, sender, sent_ms)
        VALUES (:nonce, :job, :account, :kind, :sender, :now_ms)
        """,
        nonce=nonce,
        job=job,
        account=account,
        kind=kind,
        sender=sender,
        now_ms=now_ms,
    )


def answered(tx: Tx, nonce: str, answer: str, now_ms: int) -> None:
    """Keep how Discord answered."""
    tx.run(
        "UPDATE interactions SET answer = :answer, answered_ms = :now_ms WHERE nonce = :nonce",
        nonce=nonce,
        answer=answer,
        now_ms=now_ms,
    )


def void(tx: Tx, nonce: str, answer: str, now_ms: int) -> None:
    """Keep that nothing ran; only on proof."""
    tx.run(
        "UPDATE interactions SET answer = :answer, answered_ms = :now_ms, is_void = 1 WHERE nonce = :nonce",
        nonce=nonce,
        answer=answer,
        now_ms=now_ms,
    )


def created(tx: Tx, nonce: str, interaction_id: str) -> None:
    """Keep the id that Discord gave, if the nonce is ours.

    A POST of which only time has said that the id was its own has none again.
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
    """Keep an interaction id that a message told, on the POST of about its time whose event was lost."""
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


def job_of(tx: Tx, nonce: str) -> str | None:
    """Return the job of a nonce."""
    row = tx.one("SELECT job FROM interactions WHERE nonce = :nonce", nonce=nonce)
    return row["job"] if row else None


def is_acknowledged(tx: Tx, nonce: str) -> bool:
    """Tell whether Discord's gateway has said that it took the interaction."""
    row = tx.one("SELECT interaction_id FROM interactions WHERE nonce = :nonce", nonce=nonce)
    return row is not None and row["interaction_id"] is not None


def is_begun(tx: Tx, job: str, kind: str) -> bool:
    """Tell whether a job has a POST of a kind that is not proven void."""
    row = tx.one(
        "SELECT 1 FROM interactions WHERE job = :job AND kind = :kind AND is_void = 0", job=job, kind=kind
    )
    return row is not None


def oldest_sent_ms(tx: Tx, account: int) -> int | None:
    """Return when, by Discord's clock, the oldest POST of an account's owed jobs may have been made."""
    ahead = ahead_ms(tx)
    most_ahead_ms = UNTOLD_MS if ahead is None else ahead
    rows = tx.all(
        """
        SELECT interactions.sent_ms, interactions.interaction_id
          FROM interactions JOIN jobs ON jobs.id = interactions.job
         WHERE jobs.account = :account AND jobs.is_owed = 1 AND interactions.is_void = 0
        """,
        account=account,
    )
    return min((made_ms(row, most_ahead_ms) for row in rows), default=None)


def made_ms(post: Row, ahead: int) -> int:
    """Return when a POST was made by Discord's clock, since messages carry its time; `ahead` is ours."""
    return snowflake_ms(post["interaction_id"]) if post["interaction_id"] else post["sent_ms"] - ahead


def window(post: Row) -> tuple[int, int]:
    """Return when a POST ran, by our clock, or may have, when it has no answer."""
    return post["sent_ms"], post["answered_ms"] or post["sent_ms"] + UNANSWERED_WINDOW_MS


def ahead_ms(tx: Tx) -> int | None:
    """Return how far our clock is ahead of Discord's, None when nothing has told.

    The last POST whose own event named its id tells: the least that puts that id into the POST's window. An
    id that was only taken for ours by its time proves nothing; behind many of those nothing is known.
    """
    post = tx.one(
        """
        SELECT sent_ms, answered_ms, interaction_id
          FROM (SELECT rowid AS number, job, sent_ms, answered_ms, interaction_id
                  FROM interactions INDEXED BY interactions_told
                 WHERE interaction_id IS NOT NULL AND is_void = 0
                 ORDER BY interactions.rowid DESC LIMIT :newest) AS told
         WHERE NOT EXISTS (SELECT 1 FROM job_messages
                            WHERE job_messages.job = told.job AND job_messages.rule = 'window')
         ORDER BY number DESC LIMIT 1
        """,
        newest=NEWEST_TOLD,
    )
    if post is None:
        return None
    began_ms, ended_ms = window(post)
    told_ms = snowflake_ms(post["interaction_id"])
    return max(began_ms - told_ms, min(0, ended_ms - told_ms))


@dataclass(frozen=True, slots=True)
class NeverLeft:
    """The POSTs of a job that are proven not to have left: how many, for how long, and when the last."""

    tries: int
    tried_ms: int
    last_ms: int | None


def never_left(tx: Tx, jobs: Sequence[str], now_ms: int) -> Mapping[str, NeverLeft]:
    """Return what is known of jobs' POSTs that never left, by job; a clock set back forgets the last one.

    Of a time in which nothing could be tried, such as one without a connection, only a little counts.
    """
    rows = tx.all(
        """
        SELECT job, count(*) AS tries,
               coalesce(sum(max(0, min(after_ms, :longest_ms))), 0) AS tried_ms,
               max(CASE WHEN answered_ms <= :now_ms THEN answered_ms END) AS last_ms
          FROM (SELECT job, answered_ms,
                       sent_ms - lag(sent_ms) OVER (PARTITION BY job ORDER BY interactions.rowid) AS after_ms
                  FROM json_each(:jobs) AS asked CROSS JOIN interactions ON interactions.job = asked.value
                 WHERE answer = 'notsent') AS posts
         GROUP BY job
        """,
        jobs=json.dumps(jobs),
        longest_ms=LONGEST_GAP_MS,
        now_ms=now_ms,
    )
    known = {row["job"]: NeverLeft(row["tries"], row["tried_ms"], row["last_ms"]) for row in rows}
    return {job: known.get(job, NeverLeft(0, 0, None)) for job in jobs}


def last_sent_ms(tx: Tx, account: int, now_ms: int) -> int:
    """Return when an account last made a POST, 0 when it never did; a clock set back forgets some."""
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
    """Return who made the newest POST of an account: its user, if there was one."""
    rows = tx.all(
        "SELECT sender FROM interactions WHERE account = :account ORDER BY sent_ms DESC LIMIT 1",
        account=account,
    )
    return frozenset(row["sender"] for row in rows if row["sender"])


def tries(tx: Tx, nonce: str) -> int:
    """Return how many POSTs of the same job and kind had the same answer as this one, itself included."""
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
    """Return the open jobs whose newest POST was made, or may have been, before a time and without any news.

    News of a command shows in the job's state; news of a modal's submit in what was bound since.
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
