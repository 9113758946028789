"""docs/where.md names functions and tests that are there, and every place that gives a job up."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.docs.pages import DOCS, ROOT, tables

PAGE = DOCS / "where.md"
ROWS = tables(PAGE, "what happens", "where it is decided", "then", "test")
PLACE = re.compile(r"`(bridge/[\w/]+\.(?:py|js))` `([\w.]+)`(?:, .+)?")
OF_A_MODULE = re.compile(r"^(?:export )?(?:default )?(?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FEWEST = 25


def test_the_page_answers_the_questions_that_are_asked() -> None:
    assert len(ROWS) >= FEWEST


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:60])
def test_what_a_row_names_is_there(row: list[str]) -> None:
    _, first, then, test = row
    patterns = ((PLACE, first), (PLACE, then), (TEST, test))

    found = [pattern.fullmatch(cell) for pattern, cell in patterns]

    assert [cell for (_, cell), place in zip(patterns, found, strict=True) if place is None] == []
    named = [(place[1], place[2]) for place in found if place is not None]
    assert [f"{module} {name}" for module, name in named if name not in _names(module)] == []


def test_every_module_that_gives_jobs_up_has_a_row() -> None:
    told = {module for row in ROWS for cell in row[1:3] for module in re.findall(r"bridge/[\w/]+\.py", cell)}

    assert set(_giving_up()) - told == set()


def test_only_the_table_of_reasons_gives_a_job_up() -> None:
    making = [path.name for path in (ROOT / "bridge").rglob("*.py") if "GivenUp(" in path.read_text("utf-8")]

    assert making == ["given_up.py"]


def _giving_up() -> Iterator[str]:
    """Yield the modules that give jobs up."""
    for path in (ROOT / "bridge").rglob("*.py"):
        calls = (
            node.func
            for node in ast.walk(_tree(path.relative_to(ROOT).as_posix()))
            if isinstance(node, ast.Call)
        )
        if any(isinstance(called, ast.Name) and called.id == "given_up" for called in calls):
            yield path.relative_to(ROOT).as_posix()


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


def _names(module: str) -> set[str]:
    """Return what a module defines: its functions, classes and constants, and the methods of its classes.

    Of a module of the page, what stands at its top.
    """
    if not (ROOT / module).is_file():
        return set()
    if module.endswith(".js"):
        return set(OF_A_MODULE.findall((ROOT / module).read_text(encoding="utf-8")))
    return set(_defined(_tree(module).body))


def _defined(body: list[ast.stmt], owner: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield owner + node.name
        if isinstance(node, ast.ClassDef):
            yield from _defined(node.body, f"{node.name}.")
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield owner + node.target.id
