"""Fills a database with as many jobs as wanted: copies of jobs that have lived in it, with all their rows.

The bridge must not be running. It has made the originals, so the copies have whatever form its rows have.
What tells jobs apart is new in each: ids, files' names, and times, which are spread over the days before the
originals. Of the change log a copy has what is kept for long: what its job began and ended with.

Jobs that run are copied too, as often as is asked for: their copies began a moment before them.

Usage: python -m bench.filled DATABASE JOBS [RUNNING].
"""

import os
import re
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, count, islice
from pathlib import Path
from typing import Any, Final

from bridge.ports import DAY_MS

DAYS: Final = 25
BATCH: Final = 5_000
TABLES: Final[Mapping[str, str]] = {
    "jobs": "SELECT * FROM jobs WHERE id = :job",
    "interactions": "SELECT * FROM interactions WHERE job = :job",
    "job_messages": "SELECT * FROM job_messages WHERE job = :job",
    "events": "SELECT * FROM events WHERE instr(snapshot, :job) AND NOT instr(snapshot, '\"progress\"')",
    "deliveries": "SELECT * FROM deliveries WHERE job = :job",
    "attempts": "SELECT * FROM attempts WHERE delivery IN (SELECT id FROM deliveries WHERE job = :job)",
}
"""Where a job leaves rows, in the order in which they refer to one another."""
OWN: Final = re.compile(
    r"msg_[0-9a-f]{32}"  # a callback
    r"|(?<=pixverse_)[0-9a-f]{16}"  # a file
    r'|(?<=_ms":)\d{13}'  # a time
)
OVER: Final = "SELECT id, created_ms FROM jobs WHERE ended_ms IS NOT NULL AND is_owed = 0 ORDER BY number"
RUNNING: Final = "SELECT id, created_ms FROM jobs WHERE ended_ms IS NULL ORDER BY number"
AT_ONCE: Final = ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -1000000")
"""Nobody else uses the database, and one that could not be filled is thrown away."""
SNOWFLAKES: Final = ("nonce", "interaction_id", "message_id")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Life:
    """All rows of one job by table, and what in them no other job has."""

    job_id: str
    created_ms: int
    rows: Mapping[str, Sequence[Row]]
    own: frozenset[str]

    def names(self, number: int, back_ms: int) -> Mapping[str, str]:
        """Return what stands in a copy for what is the original's own."""
        new = {text: _renamed(text, number, back_ms) for text in self.own}
        return {**new, self.job_id: f"{self.created_ms - back_ms:012x}{number:020x}"}


def fill(path: Path, jobs: int, running: int = 0) -> None:
    """Put so many copies in place of the jobs that are there and have ended, and beside those that run."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        for line in AT_ONCE:
            connection.execute(line)
        lives, positions = _lives(connection, OVER), count(_newest_position(connection) + 1)
        at_work = _lives(connection, RUNNING)
        connection.execute("BEGIN")
        statistics = [dict(row) for row in connection.execute("SELECT * FROM sqlite_stat1")]
        indexes = _indexes_taken_away(connection)
        ended = (
            _copy(lives[number % len(lives)], number, DAYS * DAY_MS * (jobs - number) // jobs, positions)
            for number in range(jobs)
        )
        open_ones = (
            _copy(at_work[number % len(at_work)], jobs + number, number + 1, positions)
            for number in range(running)
        )
        copies = chain(ended, open_ones)
        while some := list(islice(copies, BATCH)):
            for table in TABLES:
                _insert(connection, table, [row for copy in some for row in copy[table]])
        for sql in indexes:
            connection.execute(sql)
        _put_back(connection, statistics)
        for table in reversed(list(TABLES)):
            _drop(connection, table, [row for life in lives for row in life.rows[table]])
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    with path.open("rb+") as file:
        os.fsync(file.fileno())  # what is measured next must not wait for these pages to be written


def _lives(connection: sqlite3.Connection, sql: str) -> Sequence[Life]:
    """Return the jobs that a statement finds."""
    return [_life(connection, *row) for row in connection.execute(sql).fetchall()]


def _life(connection: sqlite3.Connection, job_id: str, created_ms: int) -> Life:
    rows = {
        table: [dict(row) for row in connection.execute(sql, {"job": job_id})]
        for table, sql in TABLES.items()
    }
    each = [row for of_table in rows.values() for row in of_table]
    texts = [value for row in each for value in row.values() if isinstance(value, str)]
    found = {own for text in texts for own in OWN.findall(text)}
    snowflakes = {row[name] for row in each for name in SNOWFLAKES if row.get(name)}
    return Life(job_id, created_ms, rows, frozenset(found | snowflakes))


def _copy(life: Life, number: int, back_ms: int, positions: Iterator[int]) -> Mapping[str, Sequence[Row]]:
    """Return the rows of a copy that is so much older."""
    new = life.names(number, back_ms)
    own = re.compile("|".join(new))
    places = {row["position"]: next(positions) for row in life.rows["events"]}

    def changed(name: str, value: Any) -> Any:
        if isinstance(value, str):
            return own.sub(lambda found: new[found[0]], value)
        if name == "position":
            return places[value]
        return value - back_ms if name.endswith("_ms") and value else value

    return {
        table: [{name: changed(name, value) for name, value in row.items()} for row in rows]
        for table, rows in life.rows.items()
    }


def _renamed(text: str, number: int, back_ms: int) -> str:
    """Return a copy's id, time or name, as long as the original's and as much older."""
    if text.isdecimal() and len(text) > len("1700000000000") + 1:
        return str(int(text) - (back_ms << 22))
    if text.isdecimal() and len(text) == len("1700000000000"):
        return str(int(text) - back_ms)
    prefix = "msg_" if text.startswith("msg_") else ""
    digits = len(text) - len(prefix)
    return f"{prefix}{text[len(prefix) :][: digits - 10]}{number:010x}"


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    """Insert rows; a job's number is given to it anew, and what is generated is left out."""
    known = connection.execute(f"PRAGMA table_xinfo({table})").fetchall()
    names = [row["name"] for row in known if not row["hidden"] and row["name"] != "number"]
    values = ", ".join(f":{name}" for name in names)
    connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})", rows)  # noqa: S608


def _drop(connection: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    """Delete the originals."""
    keys = {
        "job_messages": "message_id",
        "events": "position",
        "interactions": "nonce",
        "attempts": "delivery",
    }
    key = keys.get(table, "id")
    connection.executemany(f"DELETE FROM {table} WHERE {key} = ?", [(row[key],) for row in rows])  # noqa: S608


def _newest_position(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()[0]
    return found


def _indexes_taken_away(connection: sqlite3.Connection) -> Sequence[str]:
    """Drop the indexes, which are made faster afterwards; return how each is made."""
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    indexes = found.fetchall()
    for index in indexes:
        connection.execute(f"DROP INDEX {index['name']}")
    return [index["sql"] for index in indexes]


def _put_back(connection: sqlite3.Connection, statistics: Sequence[Row]) -> None:
    """Keep anew what SQLite chooses indexes by: an index takes its statistics away with it."""
    connection.execute("DELETE FROM sqlite_stat1")
    _insert(connection, "sqlite_stat1", statistics)
    connection.execute("ANALYZE sqlite_schema")


if __name__ == "__main__":
    fill(Path(sys.argv[1]), *map(int, sys.argv[2:]))
