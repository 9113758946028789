"""Both engines have the same tables and columns, and each migration has a file for both."""

import sqlite3
from importlib import resources
from typing import Any, Final

import psycopg

from bridge.store.postgres.migrations import migrations
from bridge.store.sqlite.migrations import migrate

TYPES: Final = {"INTEGER": "bigint", "TEXT": "text", "BLOB": "bytea", "REAL": "double precision"}
OF_POSTGRES_ALONE: Final = {"schema_version", "last_commits", "log_turns", "uploads", "prompts"}
"""SQLite has a full-text index for prompts, which is no table to it."""
OF_SQLITE_ALONE: Final = {"prompt_tenants"}
ROWID: Final = "rowid"


def test_both_engines_have_the_same_tables_and_columns(postgres_url: str) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)

    assert columns_of_postgres(postgres_url) == columns_of_sqlite(connection)


def test_every_later_migration_has_a_file_for_both_engines() -> None:
    first, *later = migrations()
    of_sqlite = sorted(int(entry.name[:4]) for entry in sqlite_files())

    assert [migration.number for migration in later] == [n for n in of_sqlite if n > first.number]
    assert of_sqlite == list(range(1, len(of_sqlite) + 1))


def columns_of_sqlite(connection: sqlite3.Connection) -> set[tuple[str, str, str, bool]]:
    """Return table, name, type and whether it may be NULL of each column."""
    tables = connection.execute(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return {
        (table, name, TYPES[kind], not (is_needed or is_key))
        for (table,) in tables
        if table not in OF_SQLITE_ALONE
        for _, name, kind, is_needed, _, is_key, _ in connection.execute(f"PRAGMA table_xinfo({table})")
    }


def columns_of_postgres(url: str) -> set[tuple[str, str, str, bool]]:
    with psycopg.connect(url) as connection:
        rows: list[Any] = connection.execute(
            """
            SELECT table_name, column_name, data_type, is_nullable = 'YES' FROM information_schema.columns
             WHERE table_schema = 'public'
            """
        ).fetchall()
    return {(*row,) for row in rows if row[0] not in OF_POSTGRES_ALONE and row[1] != ROWID}


def sqlite_files() -> list[Any]:
    folder = resources.files("bridge.store.sqlite") / "schema"
    return [entry for entry in folder.iterdir() if entry.name.endswith(".sql")]
