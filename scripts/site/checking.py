"""What is wrong with the built site: links that lead nowhere, and what a browser would ask of other hosts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urldefrag, urlsplit

from scripts.site.outside import addresses_in

FOLLOWED: Final = "a"
SOURCES: Final = ("src", "href", "poster", "data", "action")


def faults(site: Path) -> Iterator[str]:
    """Yield every fault of a site, a line each."""
    pages = {page: _read(page) for page in sorted(site.rglob("*.html"))}
    for page, its in pages.items():
        for tag, link in its.links:
            if _is_broken(page, tag, link, pages):
                yield f"{page.relative_to(site)}: <{tag}> {link}"
    for asset in sorted(path for path in site.rglob("*") if path.suffix in (".js", ".css")):
        yield from (f"{asset.relative_to(site)}: {address}" for address in addresses_in(asset))


@dataclass
class _Page:
    """The links and the anchors of a page."""

    links: set[tuple[str, str]] = field(default_factory=set)
    anchors: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self, page: _Page) -> None:
        super().__init__()
        self._page = page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self._page.anchors.add(value)
            elif name in SOURCES and value:
                self._page.links.add((tag, value))


def _read(page: Path) -> _Page:
    read = _Page()
    _Reader(read).feed(page.read_text(encoding="utf-8"))
    return read


def _is_broken(page: Path, tag: str, link: str, pages: dict[Path, _Page]) -> bool:
    """Tell whether a link leads nowhere, or is loaded from another host."""
    if link.startswith("data:"):
        return False
    if urlsplit(link).scheme or link.startswith("//"):
        return tag != FOLLOWED
    path, anchor = urldefrag(link)
    target = (page.parent / unquote(path)).resolve() if path else page
    if target.is_dir():
        target /= "index.html"
    if target not in pages:
        return not target.is_file()
    return bool(anchor) and unquote(anchor) not in pages[target].anchors and anchor != "__top"
