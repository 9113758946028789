"""A database with a month of rows over a hundred accounts, made by SQLite itself in a few seconds."""

import sqlite3
from pathlib import Path
from typing import Final

from bridge.store.sqlite.migrations import migrate

ACCOUNTS: Final = 100
JOBS: Final = 50_000
OPEN: Final = 200
"""How many of them, the newest, have not ended."""

_NUMBERS: Final = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most) "
_FILL: Final = (
    """
    INSERT INTO accounts (tenant, kind, channel, server, max_jobs, token, token_hash, person_hash, mask,
                          updated_ms)
    SELECT 'default', 'configured', 'channel' || i, 's', 10, x'00', 'token' || i, 'person' || i, 'm', 1
      FROM n WHERE i <= :accounts
    """,
    """
    INSERT INTO jobs (id, tenant, account, channel, parent, verb, state, is_owed, reply_ref, created_ms,
                      ended_ms, body)
    SELECT 'job' || i, 'default', i % :accounts + 1, 'channel' || (i % :accounts + 1),
           iif(i % 10 = 0, 'job' || (i - 1), NULL), iif(i % 5, 'pixverse-create', 'pixverse-animate'),
           iif(i > :ended, 'started', iif(i % 20, 'completed', 'moderated')), i > :ended, 'ref' || i,
           i * 1000, iif(i > :ended, NULL, i * 1000 + 500), '{"v":1,"command":{"image":null,"face":null}}'
      FROM n WHERE i <= :jobs
    """,
    """
    INSERT INTO interactions (nonce, job, account, kind, sender, interaction_id, answer, sent_ms, answered_ms)
    SELECT 'nonce' || i, 'job' || i, i % :accounts + 1, 'run', 's', 'interaction' || i, 'taken', i * 1000,
           i * 1000 + 200
      FROM n WHERE i <= :jobs
    """,
    """
    INSERT INTO job_messages (account, message_id, job, author, files, rule, at_ms)
    SELECT (i / 2) % :accounts + 1, 'message' || i, 'job' || (i / 2), 'bot',
           iif(i % 2, 'video' || i || '.mp4:1', NULL), 'interaction', i * 500
      FROM n WHERE i BETWEEN 2 AND 2 * :jobs
    """,
    """
    INSERT INTO events (tenant, at_ms, is_progress, snapshot)
    SELECT 'default', i * 166, i > 5 * :jobs AND i % 6, '{}' FROM n WHERE i <= 6 * :jobs
    """,
    """
    INSERT INTO deliveries (id, tenant, job, position, url, state, due_ms, made_ms, receiver)
    SELECT 'delivery' || i, 'default', 'job' || i, i * 6, 'https://example.com/hook',
           iif(i > :ended, 'pending', 'delivered'), i * 1000, i * 1000, 'example.com'
      FROM n WHERE i <= :jobs
    """,
    "INSERT INTO attempts SELECT 'delivery' || i, i * 1000, 200, 5, NULL FROM n WHERE i <= :jobs",
    """
    INSERT INTO idempotency SELECT 'default', 'key' || i, 'f', 'job' || i, 200, '{}', i * 1000
      FROM n WHERE i <= :jobs / 10
    """,
    "INSERT INTO passing SELECT i % :accounts + 1, 'hand' || i, 'm', 's', i, '[]' FROM n WHERE i < 2000",
    "INSERT INTO tombstones SELECT 'gone' || i, 'default', i * 1000 FROM n WHERE i <= :jobs",
    "INSERT INTO links SELECT 'place' || i, 'u', i * 1000 FROM n WHERE i <= :jobs / 10",
    "INSERT INTO strays SELECT i % :accounts + 1, 'stray' || i, i, '{}' FROM n WHERE i <= 2000",
)
_INDEXES: Final = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"


def a_month(path: Path, size: int = JOBS) -> None:
    """Fill a new database."""
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection)
    connection.execute("PRAGMA synchronous = OFF")
    indexes = connection.execute(_INDEXES).fetchall()
    statistics = connection.execute("SELECT * FROM sqlite_stat1").fetchall()
    connection.execute("BEGIN")
    connection.execute("DELETE FROM sqlite_stat1")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    values = {"accounts": ACCOUNTS, "jobs": size, "ended": max(0, size - OPEN), "most": 6 * size}
    for statement in _FILL:
        table, chosen = statement.split("SELECT", 1)
        connection.execute(f"{table} {_NUMBERS} SELECT {chosen}", values)
    for _, index in indexes:
        connection.execute(index)
    connection.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", statistics)
    connection.execute("COMMIT")
    connection.close()
