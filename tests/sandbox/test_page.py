"""docs/sandbox.md names every fault, every order and every field of the world, and no other."""

import re
from pathlib import Path

import pytest

from bridge.sandbox import Sandbox
from bridge.sandbox.control import ACTS
from bridge.sandbox.faults import FAULTS

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
ANYWHERE = {"user_id", "times", "seconds"}


def rows_after(heading: str) -> list[list[str]]:
    """Return the cells of the table whose first line begins with that heading."""
    rows = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def names_in(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def test_every_fault_is_there_with_its_fields() -> None:
    told = {names_in(name).pop(): names_in(fields) for name, fields, _ in rows_after("fault")}

    assert told == {name: set(kind.fields - ANYWHERE) for name, kind in FAULTS.items()}


@pytest.mark.parametrize("path", sorted({path for _, path in ACTS}))
def test_every_order_is_there(path: str) -> None:
    assert path in PAGE


async def test_every_field_of_the_world_is_there(sandbox: Sandbox) -> None:
    told = {name for fields, _ in rows_after("field") for name in names_in(fields)}

    assert told == sandbox.world().keys()
