"""A link that leads nowhere is worse than none."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.pages import ROOT, anchors, links, pages


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    inner = [link for link in links(page) if "://" not in link and not link.startswith("mailto:")]

    broken = [link for link in inner if not _leads_somewhere(page, link)]

    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, ahead = set[Path](), [pages()[0]]
    while ahead:
        page = ahead.pop()
        if page not in reached:
            reached.add(page)
            ahead += [target for link in links(page) for target in _pages_at(page, link)]

    assert [page for page in pages() if page not in reached] == []


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = unquote(link).partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors(target))


def _pages_at(page: Path, link: str) -> list[Path]:
    if "://" in link:
        return []
    target = (page.parent / unquote(link).partition("#")[0]).resolve()
    return sorted(target.glob("*.md")) if target.is_dir() else [target] if target.suffix == ".md" else []
