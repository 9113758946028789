"""What runs in the database's thread is given values: it asks no clock, and looks at nothing that lives."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import bridge

LIVING: Final = {"now", "_now", "now_ms", "monotonic_ms", "condition", "is_running", "running", "_running"}
"""What a class asks of the clock, the session and the crew."""
Body = ast.FunctionDef | ast.Lambda


def test_no_body_of_a_transaction_asks_for_the_time_or_looks_at_what_lives() -> None:
    folder = Path(bridge.__file__).parent
    files = [path for path in folder.rglob("*.py") if "sandbox" not in path.parts]

    asked = [
        f"{path.relative_to(folder)}:{call.lineno}"
        for path in files
        for body in bodies(ast.parse(path.read_text(encoding="utf-8")))
        for call in calls_of_living(body)
    ]

    assert asked == []


def bodies(tree: ast.AST) -> Iterator[Body]:
    """Return every function that is given a transaction."""
    for node in ast.walk(tree):
        if isinstance(node, Body) and "tx" in {argument.arg for argument in node.args.args}:
            yield node


def calls_of_living(body: Body) -> Iterator[ast.Call]:
    for node in ast.walk(body):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LIVING:
            yield node
