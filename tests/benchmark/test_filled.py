"""A database that is filled is one that has grown by itself: SQLite chooses the same indexes in it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bench.filled import fill
from bridge.store.sqlite.migrations import migrate


def test_a_filled_database_keeps_the_statistics_that_every_database_is_given(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection)
        given = statistics(connection)

    fill(path, 0)

    with closing(sqlite3.connect(path)) as connection:
        assert statistics(connection) == given
    assert len(given) > 40


def statistics(connection: sqlite3.Connection) -> set[tuple[str, str | None, str]]:
    return set(connection.execute("SELECT tbl, idx, stat FROM sqlite_stat1"))
