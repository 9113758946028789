"""Every row of every table arrives, whatever tables there are, and comes back."""

from pathlib import Path

import psycopg

from bridge.store.moving.tables import tables_of
from bridge.store.postgres.moving import postgres_side
from bridge.store.sqlite.moving import sqlite_side
from tests.tools.moving import (
    PICTURE,
    ROWS,
    a_full_installation,
    moved,
    opened_file,
    rows_of,
)


def test_every_row_of_every_table_is_moved_there_and_back(tmp_path: Path, postgres_url: str) -> None:
    before, after = tmp_path / "before" / "bridge.db", tmp_path / "after" / "bridge.db"
    a_full_installation(before)

    there = moved(before, postgres_url)
    back = moved(postgres_url, after)

    with (
        sqlite_side(before, before.parent) as old,
        sqlite_side(after, after.parent) as new,
        postgres_side(postgres_url) as between,
    ):
        tables = tables_of(old.reading, between.tables_with_rowid())
        rows = rows_of(old, tables)
        assert rows_of(between, tables) == rows
        assert rows_of(new, tables) == rows
    assert [name for name, found in rows.items() if len(found) < ROWS] == []
    assert there.counts == back.counts
    assert there.counts["jobs"] == ROWS
    assert (after.parent / "uploads" / PICTURE).read_bytes() == b"picture" * 300_000


def test_a_table_that_is_added_later_is_moved_too(tmp_path: Path, postgres_url: str) -> None:
    path = tmp_path / "bridge.db"
    a_full_installation(path)
    with opened_file(path) as file:
        file.executescript(
            """
            CREATE TABLE a_later (a TEXT, b INTEGER, job TEXT REFERENCES jobs (id), PRIMARY KEY (a, b));
            INSERT INTO a_later SELECT 'x' || number, number, id FROM jobs;
            """
        )
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE a_later (a TEXT, b BIGINT, job TEXT REFERENCES jobs (id), PRIMARY KEY (a, b))"
        )

        try:
            done = moved(path, postgres_url)
        finally:
            arrived = connection.execute("SELECT count(*), max(b) FROM a_later").fetchone()
            connection.execute("DROP TABLE a_later")

    assert done.counts["a_later"] == ROWS
    assert arrived == (ROWS, 4 * 1_000_000_007)
