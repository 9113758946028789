"""The documentation site as it is built, and as a browser shows it."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, sync_playwright

from scripts.site.__main__ import build
from tests.page.visit import NO_BROWSER, OPTIONS, PROGRAM

pytestmark = pytest.mark.thorough

PAGES: Final = (
    "index",
    "configuration",
    "where",
    "lifecycle",
    "reference/settings",
    "reference/api/submitting",
)
WIDTHS: Final = (390, 820, 1440)
OVERFLOW: Final = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("docs")


@pytest.fixture(scope="module")
def wrong(folder: Path) -> list[str]:
    """What is wrong with the site that is built."""
    return build(folder / "docs")


@pytest.fixture
def address(folder: Path, wrong: list[str]) -> Iterator[str]:
    handler = partial(Quiet, directory=str(folder / "docs" / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def visited() -> list[str]:
    """The addresses that the browser asked for, and the errors that it met."""
    return []


@pytest.fixture
def page(visited: list[str]) -> Iterator[Page]:
    if PROGRAM is None:
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=OPTIONS)
        page = browser.new_page()
        page.on("request", lambda request: visited.append(request.url))
        page.on("pageerror", lambda error: visited.append(str(error)))
        yield page
        browser.close()


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that logs nothing."""

    def log_message(self, *_: Any) -> None:
        pass


def test_the_site_builds_without_a_warning_and_every_link_leads_somewhere(
    wrong: list[str], folder: Path
) -> None:
    assert wrong == []
    assert (folder / "docs" / "site" / "tutorial.html").is_file()


def test_no_page_is_wider_than_its_window(page: Page, address: str) -> None:
    wide = []

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for name in PAGES:
            page.goto(f"{address}/{name}.html")
            wide += [f"{name} at {width}"] if page.evaluate(OVERFLOW) > 0 else []

    assert wide == []


def test_a_search_finds_the_page_that_says_it_and_asks_no_other_host(
    page: Page, address: str, visited: list[str]
) -> None:
    page.goto(f"{address}/lifecycle.html")
    page.wait_for_selector(".diagram svg .node")

    page.keyboard.press("Control+k")
    page.keyboard.type("Idempotent-Replayed")

    page.wait_for_selector("text=The same request twice")
    assert [asked for asked in visited if not asked.startswith((address, "data:", "blob:"))] == []
