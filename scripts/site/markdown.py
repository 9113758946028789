"""Pieces of Markdown that the references are made of."""

import re
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar in a cell stays one, and a cell is one line."""
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: str) -> str:
    """Return a text set as code, or nothing."""
    return f"`{text}`" if text else ""


def anchor(heading: str) -> str:
    """Return the anchor of a heading, as GitHub makes it and as the site's builder is told to."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _cell(text: str) -> str:
    """Return a text for a cell: in code a bar is one as it stands, elsewhere it would end the cell."""
    prose_and_code = " ".join(text.split()).split("`")
    prose_and_code[::2] = [part.replace("|", "\\|") for part in prose_and_code[::2]]
    return "`".join(prose_and_code)
