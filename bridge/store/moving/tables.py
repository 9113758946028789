"""What is moved: every table of the schema, in an order in which no row refers to a later one.

Only here SQL is put together, from the schema's own names: a table that is added later is moved too.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Final

from bridge.store.database import Row, Tx

STAYING: Final = frozenset({"moves", "schema_runs", "prompts", "prompt_tenants", "job_events"})
"""What a database knows of moves and its schema is its own; triggers keep prompts and events of a job."""
ROWID: Final = "rowid"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its stored columns, and those of its key, in whose order it is moved."""

    name: str
    columns: Sequence[str]
    key: Sequence[str]

    @property
    def first_batch(self) -> str:
        """The statement that reads its first rows."""
        return f'SELECT {self.listed} FROM "{self.name}" ORDER BY {_listed(self.key)} LIMIT :at_most'  # noqa: S608

    @property
    def next_batch(self) -> str:
        """The statement that reads the rows after a key."""
        values = ", ".join(f":key_{number}" for number in range(len(self.key)))
        return (
            f'SELECT {self.listed} FROM "{self.name}" WHERE ({_listed(self.key)}) > ({values}) '  # noqa: S608
            f"ORDER BY {_listed(self.key)} LIMIT :at_most"
        )

    @property
    def newest_key(self) -> str:
        """The statement that reads its last key."""
        falling = ", ".join(f'"{name}" DESC' for name in self.key)
        return f'SELECT {_listed(self.key)} FROM "{self.name}" ORDER BY {falling} LIMIT 1'  # noqa: S608

    @property
    def count(self) -> str:
        """The statement that counts its rows."""
        return f'SELECT count(*) AS count FROM "{self.name}"'  # noqa: S608

    @property
    def deletion(self) -> str:
        """The statement that empties it."""
        return f'DELETE FROM "{self.name}"'  # noqa: S608

    @property
    def listed(self) -> str:
        """Its columns, as statements name them."""
        return _listed(self.columns)

    def key_of(self, row: Row) -> Sequence[object]:
        """Return the key of a row."""
        return [row[name] for name in self.key]


def tables_of(sqlite: Tx, with_rowid: Set[str]) -> Sequence[Table]:
    """Return all tables of an SQLite schema, those that rows refer to first.

    `with_rowid`: whose order of insertion is told by the rowid, which is a column in PostgreSQL.
    """
    rows = sqlite.all(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'"
    )
    names = sorted({row["name"] for row in rows} - STAYING)
    referred = {name: _referred(sqlite, name) for name in names}
    return [_table(sqlite, name, name in with_rowid) for name in TopologicalSorter(referred).static_order()]


def _table(sqlite: Tx, name: str, has_rowid: bool) -> Table:  # noqa: FBT001
    rows = sqlite.all("SELECT name, pk FROM pragma_table_xinfo(:name) WHERE hidden = 0", name=name)
    columns = [row["name"] for row in rows]
    key = [row["name"] for row in sorted(rows, key=lambda row: row["pk"]) if row["pk"]]
    if has_rowid:
        columns = [ROWID, *columns]
    return Table(name, columns, key or [ROWID])


def _referred(sqlite: Tx, name: str) -> Set[str]:
    rows = sqlite.all('SELECT "table" AS name FROM pragma_foreign_key_list(:name)', name=name)
    return {row["name"] for row in rows} - {name}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
