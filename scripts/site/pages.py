"""The pages as the site's builder reads them: documents, files that they link to, and the references."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from scripts.site.api_reference import api_pages
from scripts.site.command_reference import command_page
from scripts.site.diagrams import with_drawings
from scripts.site.dialect import translated
from scripts.site.places import ROOT, decisions, sources
from scripts.site.setting_reference import setting_page

DOCS: Final = ROOT / "docs"
DECISIONS_PAGE: Final = "decisions/index.md"
THEME: Final = Path(__file__).parent / "theme"
LANGUAGES: Final[Mapping[str, str]] = {
    ".yaml": "yaml",
    ".conf": "nginx",
    ".service": "ini",
}
_PICTURE: Final = re.compile(r"!\[([^\]]*)\]\(([^()\s]*/page-\w+)-(?:light|dark)\.png\)")
_HEADING: Final = re.compile(r"^# +(.+?) *$", re.MULTILINE)


def write_pages(folder: Path) -> None:
    """Write everything that the builder reads into an empty directory."""
    linked: set[Path] = set()
    for source in [*sources(), *decisions()]:
        text = translated(source.read_text(encoding="utf-8"), _Links(source, linked).target)
        _write(folder / place_of(source), _in_both_colours(with_drawings(text)))
    for source in linked:
        _write(folder / place_of(source), _shown(source))
    for name, text in _made():
        _write(folder / name, text)
    shutil.copytree(DOCS / "pictures", folder / "pictures")
    shutil.copytree(THEME, folder / "theme")
    shutil.copy(DOCS / "openapi.json", folder)


def place_of(source: Path) -> str:
    """Return where something of the repository stands below the site's root."""
    if source.is_relative_to(DOCS):
        name = source.relative_to(DOCS).as_posix()
        return DECISIONS_PAGE if source.is_dir() else name
    name = source.relative_to(ROOT).as_posix()
    return f"project/{name.lower()}" if name.endswith(".md") else f"files/{name}.md"


def title_of(page: Path) -> str:
    """Return the first heading of a page, as plain text."""
    found = _HEADING.search(page.read_text(encoding="utf-8"))
    return found[1].replace("`", "") if found else page.stem


class _Links:
    """The links of one document; notes the files of the repository that they lead to."""

    def __init__(self, source: Path, linked: set[Path]) -> None:
        self._source = source
        self._linked = linked

    def target(self, link: str) -> str:
        """Return the link as it leads to the same thing on the site."""
        path, mark, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:") or not path:
            return link
        there = (self._source.parent / unquote(path)).resolve()
        if there.suffix != ".md" and there.is_file() and not there.is_relative_to(DOCS):
            self._linked.add(there)
        here = Path(place_of(self._source)).parent
        return Path(os.path.relpath(place_of(there), here)).as_posix() + mark + anchor


def _in_both_colours(text: str) -> str:
    """Return a document whose pictures of the page are as light or dark as the site that it is read on."""
    return _PICTURE.sub(r"![\1](\2-light.png#only-light)![\1](\2-dark.png#only-dark)", text)


def _shown(source: Path) -> str:
    """Return a page that shows a file."""
    name = source.relative_to(ROOT).as_posix()
    language = LANGUAGES.get(source.suffix, "docker" if source.name == "Containerfile" else "text")
    return f"# {name}\n\n```{language}\n{source.read_text(encoding='utf-8')}```\n"


def _made() -> Iterator[tuple[str, str]]:
    """Yield the pages that nobody writes."""
    rows = [f"- [{title_of(page)}]({page.name})" for page in decisions()]
    yield DECISIONS_PAGE, "# Decisions\n\nWhat was decided, and why.\n\n" + "\n".join(rows) + "\n"
    yield command_page()
    yield setting_page()
    yield from api_pages()


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
