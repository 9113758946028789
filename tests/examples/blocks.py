"""The blocks of code in the README and the docs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Final

from tests.docs.pages import ROOT, pages

RUN_BY_READERS: Final = ("sh", "python", "javascript", "js", "php", "go")
FENCE: Final = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code: the page it is on, its first line there, its language, and the code without margin."""

    page: str
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> list[Block]:
    """Return every block that a reader may run, in the order of the pages."""
    return [block for page in pages() for block in blocks_on(page)]


def blocks_on(page: Path) -> Iterator[Block]:
    """Yield the blocks of one page."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        if found[2] in RUN_BY_READERS:
            line = text.count("\n", 0, found.start(3)) + 1
            yield Block(str(page.relative_to(ROOT)), line, found[2], dedent(found[3]))
