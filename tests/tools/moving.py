"""Installations to move: every table filled, and what of it is where afterwards."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bridge.app.moving import Moved, Place, move
from bridge.app.secret_keys import check_keys
from bridge.store.keys import Key
from bridge.store.moving.side import Side
from bridge.store.moving.steps import Tell
from bridge.store.moving.tables import Table, tables_of
from bridge.store.postgres.moving import postgres_side
from bridge.store.sqlite.moving import sqlite_side
from tests.tools.python_path import python_path

KEY: Final = Key("a key that is long enough", "a test")
OF_RUNNING_BRIDGES: Final = {"machines", "conditions", "leases", "open_submits"}
"""What bridges that run store of themselves, and what is freed when none runs."""
ROWS: Final = 3
PICTURE: Final = "0123456789abcdef0123456789abcdef"
GIVEN: Final[Mapping[tuple[str, str], Any]] = {
    ("jobs", "body"): json.dumps({"key": PICTURE}, separators=(",", ":")),
    ("jobs", "state"): "waiting",
    ("jobs", "ended_ms"): None,
    ("secret_keys", "is_current"): 0,
}
"""What a bridge reads: jobs that wait to be sent with their picture, under the key that is given."""


def kill_at(line: str, arguments: Sequence[str], folder: Path) -> None:
    """Run a command, and kill it as soon as it has printed a line that begins so."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    with subprocess.Popen(
        [sys.executable, "-m", "bridge", *arguments],
        cwd=folder,
        env=inherited | {"PYTHONPATH": python_path()},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = any(each.startswith(line) for each in process.stderr)
        process.send_signal(signal.SIGKILL)
    assert said


class Killed(BaseException):
    """The process ends here."""


@dataclass
class PassingClock:
    """Time passes whenever somebody sleeps; `asleep` is called then."""

    asleep: Callable[[], None] = lambda: None
    passed_ms: int = field(default=1_700_000_000_000)

    def now_ms(self) -> int:
        return self.passed_ms

    def monotonic_ms(self) -> int:
        return self.passed_ms

    def boottime_ms(self) -> int:
        return self.passed_ms

    async def sleep(self, seconds: float) -> None:
        self.passed_ms += round(seconds * 1000)
        self.asleep()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Any:
        raise AssertionError("nobody asks for a timer")


def moved(
    source: Path | str, target: Path | str, tell: Tell = lambda *_: None, keys: Sequence[Key] = (KEY,)
) -> Moved:
    """Move between a file and a URL, as the command does."""
    data_dir = next(place.parent for place in (source, target) if isinstance(place, Path))
    return move(a_place(source), a_place(target), data_dir, keys, PassingClock(), tell)


def a_place(where: Path | str) -> Place:
    return Place(where) if isinstance(where, Path) else Place(url=where)


class Told:
    """Hears of every batch: the table, and how many rows have been copied."""

    def __init__(self) -> None:
        self.tables: list[str] = []

    def __call__(self, table: str, copied: int) -> None:
        self.tables.append(table)


def killed_at(number: int, told: Tell = lambda *_: None) -> Tell:
    """Return what ends the process when it is told of a batch for that time."""
    batches = iter(range(1, number + 1))

    def tell(table: str, copied: int) -> None:
        told(table, copied)
        if next(batches) == number:
            raise Killed

    return tell


def a_full_installation(path: Path, rows: int = ROWS) -> None:
    """Make a file in which every table has rows."""
    with sqlite_side(path, path.parent) as side:
        with side.transaction() as tx:
            check_keys(tx, [KEY])
        fill(side, rows)
    (path.parent / "uploads" / PICTURE).write_bytes(b"picture" * 300_000)


def fill(side: Side, rows: int) -> None:
    """Insert made-up rows into every table, whatever its columns are."""
    with side.transaction() as tx:
        tables = tables_of(tx, frozenset())
        references = {
            (table.name, row["from"]): (row["table"], row["to"] or _key_of(tables, row["table"]))
            for table in tables
            for row in tx.all("SELECT * FROM pragma_foreign_key_list(:name)", name=table.name)
        }
        for table in tables:
            kinds = {
                row["name"]: row["type"]
                for row in tx.all("SELECT name, type FROM pragma_table_xinfo(:name)", name=table.name)
            }
            side.insert(
                table,
                [
                    [
                        _made_up(references.get((table.name, name), (table.name, name)), kinds[name], number)
                        for name in table.columns
                    ]
                    for number in range(2, (ROWS if table.name == "secret_keys" else rows) + 2)
                ],
            )


def _made_up(place: tuple[str, str], kind: str, number: int) -> Any:
    """Return a value that depends on the place and the number only: what refers to it is the same."""
    table, column = place
    if place in GIVEN:
        return GIVEN[place]
    if kind == "TEXT":
        return f"{table} {column} Ä‹\t\\N\n› {number}"
    return bytes([0, 1, 255, number % 256]) if kind == "BLOB" else number * 1_000_000_007


def _key_of(tables: Sequence[Table], name: str) -> str:
    return next(table.key[0] for table in tables if table.name == name)


@contextmanager
def opened_file(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def rows_of(side: Side, tables: Sequence[Table]) -> Mapping[str, Sequence[Sequence[Any]]]:
    """Return all rows of the tables that are moved, in the order of their keys."""
    return {
        table.name: [
            [row[name] for name in table.columns]
            for row in side.reading.all(table.first_batch, at_most=10_000)
        ]
        for table in tables
        if table.name not in OF_RUNNING_BRIDGES
    }


def differing(path: Path, url: str) -> Sequence[str]:
    """Return the tables that are not the same on both sides."""
    with sqlite_side(path, path.parent) as file, postgres_side(url) as server:
        tables = tables_of(file.reading, server.tables_with_rowid())
        left, right = rows_of(file, tables), rows_of(server, tables)
    return [name for name in left if left[name] != right[name]]
