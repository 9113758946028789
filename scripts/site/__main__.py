"""Build the documentation site into build/docs/site, and check that every link leads somewhere.

Usage: .venv/bin/python -m scripts.site     (needs the packages of requirements-dev.lock)
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scripts.site.api_reference import page_names
from scripts.site.checking import faults
from scripts.site.outside import cut_off
from scripts.site.pages import DECISIONS_PAGE, place_of, title_of, write_pages
from scripts.site.places import (
    API,
    COMMANDS,
    DECISIONS,
    PLACES,
    ROOT,
    SETTINGS,
    Place,
    decisions,
    without_a_place,
)

FOLDER: Final = ROOT / "build" / "docs"
BUILT: Final = """The site is build/docs/site/index.html. Its search needs a server, such as
  python3 -m http.server --bind 127.0.0.1 --directory build/docs/site
"""
TEMPLATE: Final = Path(__file__).with_name("zensical.toml")

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


def main() -> int:
    """Build the site, and print where it is or what is wrong."""
    found = build(FOLDER)
    if found:
        sys.stderr.write("\n".join([*found, ""]))
        return 1
    sys.stdout.write(BUILT)
    return 0


def build(folder: Path) -> list[str]:
    """Build the site anew in a directory, and return what is wrong with it, a line each."""
    homeless = [f"{name} has no place in scripts/site/places.py" for name in without_a_place()]
    if homeless:
        return homeless
    shutil.rmtree(folder, ignore_errors=True)
    pages = folder / "pages"
    pages.mkdir(parents=True)
    write_pages(pages)
    template = TEMPLATE.read_text(encoding="utf-8")
    (folder / "zensical.toml").write_text(
        template.replace("nav = []", f"nav = {_navigation(pages)}"), "utf-8"
    )
    program = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    built = subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if built.returncode:
        return [_COLOUR.sub("", built.stdout + built.stderr)]
    (folder / "site" / "404.html").unlink()  # it works at the root of a host only
    cut_off(folder / "site")
    return list(faults(folder / "site"))


def _navigation(pages: Path) -> str:
    """Return the navigation as the builder's configuration has it."""
    return f"[{', '.join(_entries(PLACES, pages))}]"


def _entries(places: tuple[Place, ...], pages: Path) -> Iterator[str]:
    for place in places:
        if isinstance(place, str):
            yield from (_entry(title_of(pages / name), name) for name in _names(place))
        elif isinstance(place[1], str):
            yield _entry(place[0], place_of(ROOT / place[1]))
        else:
            yield f"{{ {json.dumps(place[0])} = [{', '.join(_entries(place[1], pages))}] }}"


def _names(place: str) -> list[str]:
    """Return the pages that stand at a place."""
    if place == DECISIONS:
        return [DECISIONS_PAGE, *(place_of(page) for page in decisions())]
    if place == API:
        return page_names()
    return [place if place in (COMMANDS, SETTINGS) else place_of(ROOT / place)]


def _entry(title: str, name: str) -> str:
    return f"{{ {json.dumps(title, ensure_ascii=False)} = {json.dumps(name)} }}"


if __name__ == "__main__":
    sys.exit(main())
