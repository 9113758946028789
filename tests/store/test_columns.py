"""Every column is read: what nobody asks for is not kept."""

import ast
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bridge.store.sqlite.migrations import migrate
from tests.tools.statements import ROOT, Statement, statements

WHOLE: Final = re.compile(r"(SELECT|RETURNING) (\w+\.)?\*")
TABLE: Final = re.compile(r"(?:FROM|UPDATE|INTO) (\w+)")
Column = tuple[str, str]


@pytest.fixture
def schema() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    yield connection
    connection.close()


def test_every_column_is_read_by_a_statement(schema: sqlite3.Connection) -> None:
    assert unread(schema) == set()


def test_a_column_that_is_only_written_is_found(schema: sqlite3.Connection) -> None:
    schema.execute("ALTER TABLE events ADD COLUMN subject TEXT")
    schema.execute("ALTER TABLE attempts ADD COLUMN headers TEXT")

    assert unread(schema) == {("events", "subject"), ("attempts", "headers")}


def unread(schema: sqlite3.Connection) -> set[Column]:
    """Return the columns that no statement names, nor the code that is given whole rows."""
    read: set[Column] = set()

    def look(action: int, table: str | None, column: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ:
            read.add((str(table), str(column)))
        return sqlite3.SQLITE_OK

    columns = set(kept_columns(schema))
    schema.set_authorizer(look)
    for statement in statements():
        sql = WHOLE.sub(r"\1 1", statement.sql)
        schema.execute(f"EXPLAIN {sql}", dict.fromkeys(re.findall(r":(\w+)", sql), 1))
        read |= set(taken_of_whole_rows(statement))
    schema.set_authorizer(None)
    return columns - read


def kept_columns(schema: sqlite3.Connection) -> Iterator[Column]:
    tables = schema.execute(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()  # not the tables in which a full-text index keeps itself: their type is 'shadow'
    for (table,) in tables:
        for (column,) in schema.execute("SELECT name FROM pragma_table_xinfo(?)", (table,)):
            yield table, column


def taken_of_whole_rows(statement: Statement) -> Iterator[Column]:
    """Return what may be taken of rows that are asked for with a star: there, or where they may be given."""
    found = TABLE.search(statement.sql)
    if found and WHOLE.search(statement.sql):
        file = ROOT / statement.file
        for place in (file, *imported(file)):
            yield from ((found[1], name) for name in names_taken(place))


def imported(file: Path) -> Iterator[Path]:
    """Return the modules of the store that a file imports, or from which it imports functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bridge.store"):
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            files = (ROOT.parent / f"{str(name).replace('.', '/')}.py" for name in names)
            yield from filter(Path.is_file, files)


def names_taken(file: Path) -> Iterator[str]:
    """Return the names by which something is taken out of rows: one by one, or all fields of a class."""
    text = file.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)) if "__dataclass_fields__" in text:
                yield name
