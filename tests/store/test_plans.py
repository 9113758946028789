"""Every statement of the code finds its rows by an index: none walks through a table, or an account's month.

Nor along a part of it in search of rows that meet a condition which the index does not know.

The plans are those of a database with a month of rows: by the statistics that every database is given, and by
those that SQLite itself makes of the rows.
"""

import re
import sqlite3
from pathlib import Path
from typing import Final

import pytest

from tests.store.month import a_month
from tests.tools.statements import Statement, statements

SMALL: Final = {
    "accounts",
    "alerts",
    "api_tokens",
    "configured",
    "log_cuts",
    "places",
    "removals",
    "meta",
    "notices",
    "tenants",
    "secret_keys",
    "webhook_secrets",
    "strays",
    "passing",
    "machines",
    "moves",
    "leases",
    "gateway_sessions",
    "open_submits",
    "link_requests",
    "sqlite_sequence",
    "prompt_tenants",
    "schema_runs",
    "queue",
}
"""Tables that do not grow with what was done: an account has 200 strays at most and a notice of each kind,
passing is kept a day, open submits a minute, the queue is bounded by the settings."""
LIVE: Final = {
    "jobs_open",
    "jobs_owed",
    "jobs_slots",
    "jobs_executing",
    "deliveries_due",
    "deliveries_by_receiver",
    "media_pending",
    "media_waiting",
    "media_leaving",
}
"""Indexes that hold only what is under way."""
COARSE: Final = {"tenant", "account", "channel", "status", "verb", "state", "is_void"}
"""Columns that a month of rows shares."""
PAGES: Final = {
    ("store/rows/callbacks.py", "SEARCH deliveries USING INDEX deliveries_by_state (tenant=? AND state=?)"),
    (
        "store/rows/callbacks.py",
        "SEARCH deliveries USING COVERING INDEX deliveries_by_state (tenant=? AND state=?)",
    ),
    (
        "store/rows/messages.py",
        "SEARCH interactions USING INDEX interactions_sent (account=? AND sent_ms>? AND sent_ms<?)",
    ),
    (
        "store/rows/guard_rails.py",
        "SEARCH interactions USING INDEX interactions_sent (account=? AND sent_ms>? AND sent_ms<?)",
    ),
    ("store/rows/events.py", "SEARCH events USING INTEGER PRIMARY KEY (rowid>?)"),
    ("store/rows/removals.py", "SEARCH deliveries USING INDEX deliveries_listed (tenant=?)"),
    ("store/rows/removals.py", "SEARCH events USING COVERING INDEX events_of_tenant (tenant=?)"),
    ("store/rows/removals.py", "SEARCH jobs USING INDEX jobs_history (tenant=?)"),
    ("store/rows/removals.py", "SEARCH tombstones USING COVERING INDEX tombstones_of_tenant (tenant=?)"),
    ("store/rows/interactions.py", "SEARCH interactions USING INDEX interactions_told (is_void=?)"),
    ("store/rows/jobs.py", "SEARCH jobs USING INDEX jobs_account (account=? AND ended_ms>?)"),
    ("store/rows/statistics.py", "SEARCH jobs USING INDEX jobs_account (account=? AND ended_ms>?)"),
    ("store/rows/unused_accounts.py", "SEARCH jobs USING COVERING INDEX jobs_account (account=?)"),
    (
        "store/rows/messages.py",
        "SEARCH job_messages USING COVERING INDEX job_messages_completions (account=? AND rule=?)",
    ),
    ("store/rows/interactions.py", "SEARCH interactions USING INDEX interactions_sent (account=?)"),
    ("store/rows/messages.py", "SEARCH job_messages USING PRIMARY KEY (account=?)"),
    ("store/backup/contents.py", "SCAN media"),
    ("store/rows/prompts.py", "SCAN prompts VIRTUAL TABLE INDEX 192:M1><"),
    ("store/rows/history.py", "SEARCH jobs USING COVERING INDEX jobs_by_verb (tenant=?)"),
    ("store/rows/history.py", "SEARCH jobs USING COVERING INDEX jobs_by_verb (tenant=? AND verb>?)"),
    ("store/rows/retention.py", "SCAN events"),
    ("store/rows/retention.py", "SEARCH jobs USING INDEX jobs_account (account=? AND ended_ms<?)"),
}
"""Walks that end after a few rows: pages of the log, the newest row, whether there is one at all, the POSTs
that an account can have made in a minute, a count that ends at a thousand, the matches of a full-text index,
what ended within a day, the first entry of a range.

A backup names every kept video.

Two ranges have a condition that few rows fail: an ended job is not owed, an old one not needed.
"""
STEP: Final = re.compile(r"(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?(?:INDEX )?(\w+)[^(]*(?:\((.*)\))?)?")


def walks(connection: sqlite3.Connection, statement: Statement) -> list[str]:
    """Return the steps of a statement's plan that cost more the more was done."""
    given = dict.fromkeys(re.findall(r":(\w+)", statement.sql), 1)
    tables = set(re.findall(r"(?:FROM|JOIN|INTO|UPDATE) (\w+)", statement.sql))
    names = dict(re.findall(r"(\w+) AS (\w+)", statement.sql))
    aliases = {alias: table for table, alias in names.items() if table in tables}
    kept = dict(connection.execute("SELECT name, sql FROM sqlite_schema"))
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", given)]
    return [
        step
        for step in steps
        if _is_walk(step, statement.sql, kept, aliases) and (statement.file, step) not in PAGES
    ]


def _is_walk(step: str, sql: str, kept: dict[str, str | None], aliases: dict[str, str]) -> bool:
    found = STEP.match(step)
    if found is None or found[3] in LIVE:
        return False
    table = aliases.get(found[2], found[2])
    if table in SMALL or (table not in kept and found[2] not in aliases):
        return False
    terms = re.sub(r"ANY\(\w+\)", "", found[4] or "")
    equal = set(re.findall(r"(\w+)=", terms))
    is_range = bool(re.search("[<>]", terms))
    if step.startswith("SCAN"):
        return True
    return (
        bool(found[3]) and equal <= COARSE and not (is_range and _ends_early(sql, terms, kept.get(found[3])))
    )


def _ends_early(sql: str, terms: str, index: str | None) -> bool:
    """Tell whether so many rows of a range are enough, and the index knows all that is asked of them."""
    where = re.sub(r"\s+", " ", sql).partition(" WHERE ")[2].partition(" ORDER BY ")[0]
    partial = (index or "").partition(" WHERE ")[2]
    known = len(terms.split(" AND ")) + (f" {partial}" in f" {where}" and bool(partial))
    return "LIMIT" in sql and len(where.split(" AND ")) == known


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("month") / "bridge.db"
    a_month(path)
    return path


@pytest.mark.parametrize("statistics", ["given", "made of the rows"])
def test_no_statement_costs_more_the_more_was_done(month: Path, statistics: str) -> None:
    connection = sqlite3.connect(month, isolation_level=None)
    connection.execute("BEGIN")
    if statistics == "made of the rows":
        connection.execute("ANALYZE")

    found = {
        f"{statement.file}:{statement.line}: {step}"
        for statement in statements()
        for step in walks(connection, statement)
    }

    assert found == set()
    assert len(list(statements())) > 100


def test_every_index_is_used(month: Path) -> None:
    connection = sqlite3.connect(month, isolation_level=None)
    plans = [
        row[3]
        for statement in statements()
        for row in connection.execute(
            f"EXPLAIN QUERY PLAN {statement.sql}", dict.fromkeys(re.findall(r":(\w+)", statement.sql), 1)
        )
    ]
    indexes = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND sql NOT LIKE '%UNIQUE%'"
    )

    unused = {name for (name,) in indexes if not any(f"INDEX {name} " in f"{plan} " for plan in plans)}

    assert unused <= FOR_FOREIGN_KEYS


FOR_FOREIGN_KEYS: Final = {"deliveries_position", "idempotency_job", "interactions_job", "jobs_account"}
"""What refers to a row is looked for at each DELETE, which no plan shows."""


def test_every_growing_table_has_its_statistics(month: Path) -> None:
    connection = sqlite3.connect(month)
    told = {row[0] for row in connection.execute("SELECT idx FROM sqlite_stat1")}
    indexes = {
        row[0]
        for row in connection.execute(
            "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        )
        if row[1] not in SMALL
    }

    assert indexes <= told
