"""docs/decisions/0015 names every place that catches any error, and no other."""

import ast
from collections.abc import Iterator

from tests.docs.pages import DOCS, ROOT, table

PAGE = DOCS / "decisions" / "0015-where-any-error-is-caught.md"
ANY = {"Exception", "BaseException"}


def test_any_error_is_caught_only_where_the_decision_says_so() -> None:
    told = {module.strip("`") for module, *_ in table(PAGE, "module", "round what")}

    assert set(_modules()) == told


def _modules() -> Iterator[str]:
    for path in (ROOT / "bridge").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.ExceptHandler) and _catches_any(node) for node in ast.walk(tree)):
            yield path.relative_to(ROOT).as_posix()


def _catches_any(handler: ast.ExceptHandler) -> bool:
    names = [handler.type] if not isinstance(handler.type, ast.Tuple) else handler.type.elts
    return any(name is None or (isinstance(name, ast.Name) and name.id in ANY) for name in names)
