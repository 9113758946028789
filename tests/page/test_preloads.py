"""What the first view needs is little, and is requested at once, not when what imports it has come."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from bridge.page.files import page_files

FIRST: Final = ("app.js", "state/theme.js")
"""What `index.html` starts: nothing is drawn before these and all that they import are there."""
AFTERWARDS: Final = (
    "parts/notices.js",
    "parts/states.js",
    "state/live.js",
    "state/health.js",
    "texts/en_jobs.js",
    "views/board.js",
)
"""What `app.js` loads after the first paint, for the view that is shown to whoever is signed in."""
MOST_FIRST: Final = 12
"""A browser asks for six files at a time over HTTP/1.1, so these take two round trips."""
IMPORTED: Final = re.compile(
    r"""(?:^|;|\})\s*(?:import|export)\s*(?:[^"';]*?\sfrom\s*|\*?\s*)["'](\.[^"']+)["']""", re.M
)
PRELOADED: Final = re.compile(r'rel="modulepreload"( fetchpriority="low")? href="page/([^"]+)"')


def test_every_module_of_the_first_paint_is_preloaded_and_no_other() -> None:
    named = [name for is_late, name in PRELOADED.findall(_index()) if not is_late]

    assert sorted(named) == sorted(_needed(FIRST) - set(FIRST))


def test_the_modules_of_the_board_are_preloaded_behind_those_of_the_first_paint() -> None:
    named = [(bool(is_late), name) for is_late, name in PRELOADED.findall(_index())]

    assert sorted(name for is_late, name in named if is_late) == sorted(_needed(AFTERWARDS) - _needed(FIRST))
    assert [is_late for is_late, _ in named] == sorted(is_late for is_late, _ in named)


def test_the_first_paint_takes_two_round_trips_after_the_document() -> None:
    sheets = re.findall(r'rel="stylesheet" href="([^"]+)"', _index())

    assert len(sheets) == 1
    assert len(sheets) + len(_needed(FIRST)) <= MOST_FIRST


def _index() -> str:
    return page_files()["index.html"].body.decode()


def _needed(names: Sequence[str]) -> set[str]:
    """Return modules and all that they import."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imports(name)
    return found


def _imports(name: str) -> list[str]:
    code = page_files()[name].body.decode()
    return [_joined(PurePosixPath(name).parent, found) for found in IMPORTED.findall(code)]


def _joined(folder: PurePosixPath, relative: str) -> str:
    parts = list(folder.parts)
    for part in relative.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
