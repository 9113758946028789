"""Print what has grown too big: files over 400 lines, functions over 30 statements or nested over 3 deep.

Usage: python scripts/check_sizes.py FOLDER...
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MOST_LINES: Final = 400
MOST_STATEMENTS: Final = 30
DEEPEST: Final = 3

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS: Final = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)


def main(folders: list[str]) -> int:
    """Print every offender and return 1 if there is one."""
    files = sorted(file for folder in folders for file in Path(folder).rglob("*.py"))
    offences = [offence for file in files for offence in offences_in(file)]
    for offence in offences:
        print(offence)  # noqa: T201 - this is what the script is for
    return 1 if offences else 0


def offences_in(file: Path) -> Iterator[str]:
    """Yield what is too big in a file, one line each."""
    text = file.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > MOST_LINES:
        yield f"{file}: {lines} lines, at most {MOST_LINES}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            yield from offences_of(node, file)


def offences_of(function: Function, file: Path) -> Iterator[str]:
    """Yield what is too big in a function."""
    place = f"{file}:{function.lineno}: {function.name}"
    statements = sum(count(statement) for statement in function.body)
    if statements > MOST_STATEMENTS:
        yield f"{place} has {statements} statements, at most {MOST_STATEMENTS}"
    depth = max(depth_of(statement) for statement in function.body)
    if depth > DEEPEST:
        yield f"{place} is nested {depth} deep, at most {DEEPEST}"


def count(statement: ast.stmt) -> int:
    """Return how many statements this is, without those of functions and classes in it."""
    return 1 + sum(count(inner) for inner in inner_statements(statement))


def depth_of(statement: ast.stmt) -> int:
    """Return how many blocks lie in one another; `elif` is no deeper than its `if`."""
    inner = [depth_of(other) - is_elif(statement, other) for other in inner_statements(statement)]
    return isinstance(statement, BLOCKS) + max(inner, default=0)


def is_elif(statement: ast.stmt, inner: ast.stmt) -> bool:
    """Return whether `inner` is the `elif` of `statement`."""
    return isinstance(statement, ast.If) and statement.orelse == [inner] and isinstance(inner, ast.If)


def inner_statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements directly inside, through handlers and cases, but not into definitions."""
    if isinstance(node, Function | ast.ClassDef):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from inner_statements(child)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
