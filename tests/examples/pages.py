"""The stored pages of the hosted service, and the examples that stand on them: one for each tool."""

import re
from pathlib import Path
from textwrap import dedent
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / ".." / "shared" / "contract"
ITEM: Final = re.compile(r"^(?:-\n|  • )", re.MULTILINE)
BEGINNINGS: Final = {"curl": "curl ", "node": "const ", "python": "import requests"}


def example_on(page: str, tool: str) -> str:
    """Return the example for `tool` as it stands on a page, without margin."""
    text = (FOLDER / f"{page}.txt").read_text(encoding="utf-8")
    items = ITEM.split(text.removesuffix("Try It"))
    (found,) = (item for item in items if item.startswith(BEGINNINGS[tool]))
    return without_margin(found)


def without_margin(item: str) -> str:
    """Return a list item with its first line and the lines under it at the same margin."""
    first, _, rest = item.partition("\n")
    return f"{first}\n{dedent(rest)}".strip() + "\n"
