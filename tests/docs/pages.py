"""The documents of the project: their links, their tables, their diagrams."""

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")


def pages() -> list[Path]:
    """Return every document that a person reads."""
    top = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
    return [README, *(ROOT / name for name in top), *sorted(DOCS.rglob("*.md"))]


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a page with their numbers, without its tables and blocks of code."""
    is_code = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        is_fence = line.lstrip().startswith("```")
        is_code ^= is_fence
        if not (is_code or is_fence or line.lstrip().startswith("|")):
            yield number, line


def links(page: Path) -> Iterator[str]:
    """Yield where the links of a page lead, without those that stand in code."""
    text = _CODE.sub("", _FENCE.sub("", page.read_text(encoding="utf-8")))
    return (found[1] for found in _LINK.finditer(text))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def table(page: Path, *head: str) -> list[list[str]]:
    """Return the rows of the first table that begins with these column names."""
    return next(_tables(page, head))


def tables(page: Path, *head: str) -> list[list[str]]:
    """Return the rows of all tables that begin with these column names."""
    return [row for rows in _tables(page, head) for row in rows]


def diagram(page: Path) -> str:
    """Return the first mermaid diagram of a page."""
    found = re.search(r"^```mermaid\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None, f"{page.name} has no diagram"
    return found[1]


def _tables(page: Path, head: tuple[str, ...]) -> Iterator[list[list[str]]]:
    lines = page.read_text(encoding="utf-8").splitlines()
    for start, line in enumerate(lines):
        if _cells(line)[: len(head)] == list(head):
            yield [_cells(row) for row in takewhile(_is_row, lines[start + 2 :])]


def _is_row(line: str) -> bool:
    return line.startswith("|")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELL.split(line.strip().strip("|"))]
