"""docs/decisions/0015 names every place that catches any error, and no other; what they log is an error."""

import ast
from collections.abc import Iterator

from tests.docs.pages import DOCS, ROOT, table

PAGE = DOCS / "decisions" / "0015-where-any-error-is-caught.md"
ANY = {"Exception", "BaseException"}


def test_any_error_is_caught_only_where_the_decision_says_so() -> None:
    told = {module.strip("`") for module, *_ in table(PAGE, "module", "round what")}

    assert set(_modules()) == told


def test_a_database_that_is_away_is_no_error_of_the_bridge_wherever_any_error_is_logged() -> None:
    has_none = ("bridge/sandbox/", "bridge/api/http/handshakes.py")
    loud = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
        for path in (ROOT / "bridge").rglob("*.py")
        if not path.relative_to(ROOT).as_posix().startswith(has_none)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Try) and _logs_any(node) and not _knows_of_the_database(node)
    ]

    assert loud == []


def _logs_any(tried: ast.Try) -> bool:
    """Return whether a trace is logged of any error that is raised."""
    handlers = (handler for handler in tried.handlers if _catches_any(handler))
    return any(
        isinstance(node, ast.Attribute) and node.attr == "exception"
        for handler in handlers
        for node in ast.walk(handler)
    )


def _knows_of_the_database(tried: ast.Try) -> bool:
    return any("StoreUnavailable" in ast.unparse(one.type) for one in tried.handlers if one.type is not None)


def _modules() -> Iterator[str]:
    for path in (ROOT / "bridge").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.ExceptHandler) and _catches_any(node) for node in ast.walk(tree)):
            yield path.relative_to(ROOT).as_posix()


def _catches_any(handler: ast.ExceptHandler) -> bool:
    names = [handler.type] if not isinstance(handler.type, ast.Tuple) else handler.type.elts
    return any(name is None or (isinstance(name, ast.Name) and name.id in ANY) for name in names)
