"""Each part of the benchmark runs from its first process to its table, however short the run."""

from pathlib import Path

import pytest

from bench.__main__ import PARTS, QUICK
from bench.page import PROGRAM
from bench.tables import Table, markdown

LOST = "lost"


@pytest.mark.thorough
@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", PARTS)
async def test_a_part_gives_a_whole_table(name: str, tmp_path: Path) -> None:
    if name == "page" and PROGRAM is None:
        pytest.skip("no Chromium")
    part = QUICK[name]

    table = await part(tmp_path / name)

    assert table.rows
    assert all(len(row) == len(table.headings) for row in table.rows)
    assert not any("nan" in cell for row in table.rows for cell in row)
    assert all(row[table.headings.index(LOST)] == "0" for row in table.rows if LOST in table.headings)


def test_a_table_is_shown_in_markdown_with_its_notes() -> None:
    table = Table("Lines", ("", "rate"), [["bridge", "5/s"]], ["Of people."])

    page = markdown(table)

    assert page == "### Lines\n\n|  | rate |\n| --- | ---: |\n| bridge | 5/s |\n\n- Of people.\n"
