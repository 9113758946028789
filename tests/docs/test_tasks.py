"""docs/architecture.md names every task, and no task is born outside a task group but where it says so."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import DOCS, ROOT, table

PAGE = DOCS / "architecture.md"
BIRTHS = {"create_task", "start"}
ALONE = {"asyncio.create_task", "asyncio.ensure_future"}
UNOWNED = {"bridge/flows/send/posting.py"}


def test_every_task_that_has_a_name_is_in_the_table() -> None:
    told = " ".join(tasks for _, tasks, *_ in table(PAGE, "owner", "tasks"))

    unnamed = {name for path in modules() for name in names(path) if name not in told}

    assert unnamed == set()


def test_a_task_is_born_in_a_group_but_where_the_page_says_so() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in modules() if any(orphans(path))}

    assert found == UNOWNED
    assert "The only exception is `post-N`" in " ".join(PAGE.read_text(encoding="utf-8").split())


def modules() -> Iterator[Path]:
    """Yield what runs in the bridge; the simulator is another machine."""
    for path in (ROOT / "bridge").rglob("*.py"):
        if "sandbox" not in path.parts:
            yield path


def names(path: Path) -> Iterator[str]:
    """Yield the constant parts of the names that tasks are given."""
    for call in calls(path):
        if isinstance(call.func, ast.Attribute) and call.func.attr in BIRTHS:
            given = [*call.args[1:], *(each.value for each in call.keywords if each.arg == "name")]
            for name in given:
                yield from (
                    each.value
                    for each in ast.walk(name)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                )


def orphans(path: Path) -> Iterator[ast.Call]:
    """Yield what makes a task of the loop alone; a shield around a coroutine makes one as well."""
    for call in calls(path):
        made = ast.unparse(call.func)
        is_shielded_work = made == "asyncio.shield" and isinstance(call.args[0], ast.Call)
        if is_shielded_work or made in ALONE or made.endswith(("loop.create_task", "loop().create_task")):
            yield call


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))
