"""The Markdown of GitHub, in which the documents are written, as the site's builder reads Markdown."""

import re
from collections.abc import Callable, Iterator
from typing import Final

STEP: Final = 4
"""How far what belongs to an item of a list is moved in, however long the marker of the item is."""

_FENCE: Final = re.compile(r"\s*(```+|~~~+)")
_ITEM: Final = re.compile(r"(\s*)([-*+]|\d+\.)\s+")
_LINK: Final = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|(!?\[[^\]]*\]\()([^()\s]+)\)", re.DOTALL)


def translated(text: str, target_of: Callable[[str], str]) -> str:
    """Return a document with its lists moved in and the targets of its links replaced, but not in code."""
    return "\n".join(_without_code(list(_moved_in(text.splitlines())), target_of)) + "\n"


def _without_code(lines: list[tuple[bool, str]], target_of: Callable[[str], str]) -> Iterator[str]:
    """Yield the blocks of code as they are, and what stands between them with its links replaced."""
    prose: list[str] = []
    for is_code, line in lines:
        if is_code and prose:
            yield _linked("\n".join(prose), target_of)
            prose = []
        if is_code:
            yield line
        else:
            prose.append(line)
    if prose:
        yield _linked("\n".join(prose), target_of)


def _linked(text: str, target_of: Callable[[str], str]) -> str:
    def replaced(found: re.Match[str]) -> str:
        return found[0] if found[1] else f"{found[2]}{target_of(found[3])})"

    return _LINK.sub(replaced, text)


def _moved_in(lines: list[str]) -> Iterator[tuple[bool, str]]:
    """Yield each line, moved in as far as its list needs, and whether it belongs to a block of code."""
    margins = [0]
    fence = before = ""
    for line in lines:
        if not fence:
            margins, line_before = _margins(line, margins), before
            if _begins_a_list(line, line_before):
                yield False, ""
        opened = _FENCE.match(line)
        is_code = bool(fence or opened)
        yield is_code, _at(line, margins)
        if opened and not fence:
            fence = opened[1]
        elif fence and line.strip() == fence:
            fence = ""
        item = None if is_code else _ITEM.match(line)
        if item:
            margins = [*margins, len(item[0])]
        before = line


def _margins(line: str, margins: list[int]) -> list[int]:
    """Return the columns at which the items begin that a line belongs to; an empty line ends none."""
    if not line.strip():
        return margins
    column = len(line) - len(line.lstrip())
    return [margin for margin in margins if margin <= column]


def _at(line: str, margins: list[int]) -> str:
    if not line.strip():
        return ""
    return " " * STEP * (len(margins) - 1) + line[min(margins[-1], len(line) - len(line.lstrip())) :]


def _begins_a_list(line: str, before: str) -> bool:
    """Tell whether a list follows a paragraph without the empty line that the builder needs."""
    is_item = _ITEM.match(line) is not None
    return is_item and bool(before.strip()) and _ITEM.match(before) is None and not before.startswith(" ")
