"""What the first view needs is requested at once, not each module when the one before it has come."""

import re
from pathlib import PurePosixPath
from typing import Final

from bridge.page.files import page_files

FIRST: Final = ("main.js", "state/theme.js", "views/board.js")
"""What `index.html` starts, and the view that is shown to whoever is signed in."""
IMPORTED: Final = re.compile(
    r"""(?:^|;|\})\s*(?:import|export)\s*(?:[^"';]*?\sfrom\s*|\*?\s*)["'](\.[^"']+)["']""", re.M
)
VENDORED: Final = re.compile(r"""\bfrom["'](\.[^"']+)["']""")


def test_every_module_of_the_first_view_is_preloaded_and_no_other() -> None:
    index = page_files()["index.html"].body.decode()

    named = re.findall(r'rel="modulepreload" href="page/([^"]+)"', index)

    assert sorted(named) == sorted(_needed() - {"main.js", "state/theme.js"})


def _needed() -> set[str]:
    """Return the first modules and all that they import."""
    found: set[str] = set()
    waiting = list(FIRST)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imports(name)
    return found


def _imports(name: str) -> list[str]:
    code = page_files()[name].body.decode()
    pattern = VENDORED if name.startswith("vendor/") else IMPORTED
    return [_joined(PurePosixPath(name).parent, found) for found in pattern.findall(code)]


def _joined(folder: PurePosixPath, relative: str) -> str:
    parts = list(folder.parts)
    for part in relative.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
