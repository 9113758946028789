"""Which message belongs to which job, and strays: messages that may belong to several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from bridge.chat import Message, snowflake_ms
from bridge.jobs.candidate import files_of
from bridge.jobs.post import Window
from bridge.jobs.verdict import Rule
from bridge.ports import DAY_MS
from bridge.store.database import Tx
from bridge.store.rows import versioned

_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)
MOST_STRAYS: Final = 200
STRAY_MS: Final = DAY_MS
"""For how long a stray is kept; an older one takes no room, and the retention deletes it."""


@dataclass(frozen=True, slots=True)
class Binding:
    """The job that a message belongs to, and the rule that matched."""

    job: str
    rule: Rule


def binding(tx: Tx, account: int, message_id: str) -> Binding | None:
    """Return the binding of a message, None if there is none."""
    row = tx.one(
        "SELECT job, rule FROM job_messages WHERE account = :account AND message_id = :message_id",
        account=account,
        message_id=message_id,
    )
    return Binding(row["job"], Rule(row["rule"])) if row else None


@dataclass(frozen=True, slots=True)
class BoundMessage:
    """A message of a job: its author, its files, and the rule that matched."""

    id: str
    author: str | None
    files: str | None
    rule: str


def of_job(tx: Tx, job: str) -> Sequence[BoundMessage]:
    """Return the messages of a job."""
    rows = tx.all("SELECT message_id, author, files, rule FROM job_messages WHERE job = :job", job=job)
    return [BoundMessage(row["message_id"], row["author"], row["files"], row["rule"]) for row in rows]


def jobs_named(tx: Tx, account: int, message: Message, posted: Window | None) -> Sequence[str]:
    """Return the jobs with an id or the files of a message, or with a POST without an id in `posted`."""
    since_ms, until_ms = posted or (None, None)
    rows = tx.all(
        """
        SELECT job FROM interactions WHERE nonce = :nonce
        UNION SELECT job FROM interactions WHERE interaction_id = :interaction_id
        UNION SELECT job FROM job_messages WHERE account = :account
                 AND message_id IN (:message_id, :reference_id, :interacted_message_id)
        UNION SELECT job FROM job_messages WHERE account = :account AND files = :files
        UNION SELECT job FROM interactions
               WHERE account = :account AND sent_ms BETWEEN :since_ms AND :until_ms
                 AND interaction_id IS NULL AND is_void = 0
        """,
        account=account,
        nonce=message.nonce,
        interaction_id=message.interaction_id,
        message_id=message.id,
        reference_id=message.reference_id,
        interacted_message_id=message.interacted_message_id,
        files=files_of(message),
        since_ms=since_ms,
        until_ms=until_ms,
    )
    return [row["job"] for row in rows]


def is_named_by_another(tx: Tx, message: Message, job: str) -> bool:
    """Return whether the nonce or interaction of a message belongs to another job, of any account."""
    row = tx.one(
        """
        SELECT job FROM interactions WHERE nonce = :nonce AND job <> :job
        UNION ALL
        SELECT job FROM interactions WHERE interaction_id = :interaction_id AND job <> :job
         LIMIT 1
        """,
        nonce=message.nonce,
        interaction_id=message.interaction_id,
        job=job,
    )
    return row is not None


def bind(tx: Tx, account: int, message: Message, job: str, rule: Rule, now_ms: int) -> None:
    """Bind a message to a job; an edit may add files."""
    tx.run(
        """
        INSERT INTO job_messages (account, message_id, job, author, files, rule, at_ms)
        VALUES (:account, :message_id, :job, :author, :files, :rule, :now_ms)
        ON CONFLICT (account, message_id) DO UPDATE
           SET job = excluded.job, rule = excluded.rule, files = coalesce(excluded.files, job_messages.files)
        """,
        account=account,
        message_id=message.id,
        job=job,
        author=message.author_id,
        files=files_of(message),
        rule=rule,
        now_ms=now_ms,
    )


def has_files(tx: Tx, job: str, files: str | None, besides: str) -> bool:
    """Return whether a message of a job other than `besides` has these files."""
    rows = tx.all("SELECT message_id, files FROM job_messages WHERE job = :job", job=job)
    return any(row["files"] == files and row["message_id"] != besides for row in rows)


def unbind(tx: Tx, account: int, message_id: str) -> None:
    """Delete the binding of a message that turns out to belong to another job."""
    tx.run(
        "DELETE FROM job_messages WHERE account = :account AND message_id = :message_id",
        account=account,
        message_id=message_id,
    )


def unbind_wrong(tx: Tx, nonce: str, interaction_id: str) -> bool:
    """Delete bindings by time only, to jobs whose interaction turns out to be another one.

    Returns whether there were any.
    """
    dropped = tx.run(
        """
        DELETE FROM job_messages
         WHERE rule = 'window'
           AND job IN (SELECT job FROM interactions
                        WHERE nonce = :nonce AND interaction_id IS NOT NULL AND interaction_id <> :id
                           OR nonce <> :nonce AND interaction_id = :id)
        """,
        nonce=nonce,
        id=interaction_id,
    )
    return dropped > 0


def last_authors(tx: Tx, account: int) -> frozenset[str]:
    """Return the author of the newest message bound to a job of the account: the bot, if there is one."""
    rows = tx.all(
        "SELECT author FROM job_messages WHERE account = :account ORDER BY message_id DESC LIMIT 1",
        account=account,
    )
    return frozenset(row["author"] for row in rows if row["author"])


def of_open_jobs(tx: Tx, account: int) -> Sequence[str]:
    """Return the ids of the messages that belong to an account's open jobs."""
    rows = tx.all(
        """
        SELECT message_id FROM job_messages JOIN jobs ON jobs.id = job_messages.job
         WHERE jobs.account = :account AND jobs.ended_ms IS NULL
        """,
        account=account,
    )
    return [row["message_id"] for row in rows]


def completions(tx: Tx, account: int, at_most: int) -> tuple[int, int]:
    """Return how many messages with files were matched by an id, and how many by text only.

    Each is counted up to `at_most` only, because an account keeps a month of them.
    """
    row = tx.one(
        """
        SELECT (SELECT count(*)
                  FROM (SELECT 1 FROM job_messages INDEXED BY job_messages_completions
                         WHERE account = :account AND files IS NOT NULL
                           AND rule IN ('nonce', 'interaction', 'message', 'reference', 'equal', 'window')
                         LIMIT :at_most) AS known) AS with_ids,
               (SELECT count(*)
                  FROM (SELECT 1 FROM job_messages INDEXED BY job_messages_completions
                         WHERE account = :account AND files IS NOT NULL AND rule = 'text'
                         LIMIT :at_most) AS guessed) AS by_text
        """,
        account=account,
        at_most=at_most,
    )
    return (row["with_ids"], row["by_text"]) if row else (0, 0)


def keep_stray(tx: Tx, account: int, message: Message, now_ms: int) -> bool:
    """Store a message that may belong to several jobs; return False if there are too many.

    `at_ms` is when it was posted, so that a retry does not make it younger.
    """
    row = tx.one(
        """
        SELECT count(*) AS n FROM strays
         WHERE account = :account AND message_id <> :message_id AND at_ms >= :oldest_ms
        """,
        account=account,
        message_id=message.id,
        oldest_ms=now_ms - STRAY_MS,
    )
    if row and row["n"] >= MOST_STRAYS:
        return False
    tx.run(
        """
        INSERT INTO strays (account, message_id, at_ms, body) VALUES (:account, :message_id, :at_ms, :body)
        ON CONFLICT (account, message_id) DO UPDATE SET body = excluded.body
        """,
        account=account,
        message_id=message.id,
        at_ms=snowflake_ms(message.id),
        body=versioned.dump(_MESSAGE, message),
    )
    return True


def strays(tx: Tx, account: int) -> Mapping[str, str]:
    """Return an account's strays by message id, oldest first, each in the form that `load` reads."""
    rows = tx.all(
        "SELECT message_id, body FROM strays WHERE account = :account ORDER BY at_ms, message_id",
        account=account,
    )
    return {row["message_id"]: row["body"] for row in rows}


def load(body: str) -> Message:
    """Return the message of a stray, also one that was stored before there were versions."""
    return _MESSAGE.validate_json(body)


def stray_ids(tx: Tx, account: int) -> frozenset[str]:
    """Return the message ids of an account's strays."""
    rows = tx.all("SELECT message_id FROM strays WHERE account = :account", account=account)
    return frozenset(row["message_id"] for row in rows)


def delete_stray(tx: Tx, account: int, message_id: str) -> bool:
    """Delete a stray; return False if it was deleted already."""
    dropped = tx.run(
        "DELETE FROM strays WHERE account = :account AND message_id = :message_id",
        account=account,
        message_id=message_id,
    )
    return dropped > 0


def old_strays(tx: Tx, before_ms: int, at_most: int) -> Sequence[tuple[int, str]]:
    """Return the strays, each behind its account, that were said before then."""
    rows = tx.all(
        "SELECT account, message_id FROM strays WHERE at_ms < :before_ms ORDER BY at_ms LIMIT :at_most",
        before_ms=before_ms,
        at_most=at_most,
    )
    return [(row["account"], row["message_id"]) for row in rows]
