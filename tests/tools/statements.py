"""The SQL statements of the code, found where they are run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bridge

ROOT: Final = Path(bridge.__file__).parent
CALLS: Final = {"all", "one", "run"}


@dataclass(frozen=True)
class Statement:
    """One statement, and where it stands."""

    file: str
    line: int
    sql: str


def statements() -> Iterator[Statement]:
    """Return every statement that SQLite runs; one that is no literal is an error."""
    for path in sorted(ROOT.rglob("*.py")):
        if not {"sandbox", "postgres"} & set(path.parts):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for call in ast.walk(tree):
                if isinstance(call, ast.Call) and _is_run(call):
                    for line, sql in _texts(call.args[0], tree):
                        yield Statement(path.relative_to(ROOT).as_posix(), line, sql)


def _is_run(call: ast.Call) -> bool:
    method = call.func
    return isinstance(method, ast.Attribute) and method.attr in CALLS and ast.unparse(method.value) == "tx"


def _texts(node: ast.expr, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Return the texts that a call may run: its own, or all of the module's table from which it takes one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
        return
    assert isinstance(node, ast.Subscript), f"{ast.unparse(node)} is no literal statement"
    name = ast.unparse(node.value)
    tables = [one for one in tree.body if isinstance(one, ast.AnnAssign) and ast.unparse(one.target) == name]
    table = tables[0].value
    assert isinstance(table, ast.Dict)
    for key, value in zip(table.keys, table.values, strict=True):
        if key is None or ast.unparse(key) != "Dialect.POSTGRES":
            yield from _texts(value, tree)
