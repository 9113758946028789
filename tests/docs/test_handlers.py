"""Decision 22: nothing in `api` writes to the database; flows do."""

import ast

from tests.docs.pages import ROOT

API = ROOT / "bridge" / "api"


def test_nothing_in_the_api_writes_to_the_database() -> None:
    written = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in API.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "write" and _is_a_database(node.value)
    ]

    assert written == []


def _is_a_database(value: ast.expr) -> bool:
    name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
    return "database" in name
