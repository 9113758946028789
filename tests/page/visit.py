"""A tab with the page in it, and what must never happen in one: an error, or a request to another server."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, Request, expect

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NO_BROWSER = "no Chromium: scripts/setup_browser installs it on Debian and Ubuntu"
OPTIONS = ("--disable-gpu", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required")
LIMIT_MS = 30_000.0
OWN_SCHEMES = ("blob:", "data:")

expect.set_options(timeout=LIMIT_MS)


@dataclass
class Visit:
    """A tab; `allowed` are patterns of console errors that the test causes on purpose."""

    page: Page
    url: str
    allowed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(LIMIT_MS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.errors.append(f"{error.name}: {error.message}"))
        self.page.on("request", self._see)

    async def open(self, route: str = "", token: str | None = None) -> None:
        """Open the page, by a link that signs in if there is a token."""
        fragment = f"#{route}" if token is None else f"#token={token}"
        await self.page.goto(f"{self.url}/{fragment}")
        if token is not None and route:
            await self.go(route)

    async def go(self, route: str) -> None:
        """Go to another view, as a click on a link does."""
        await self.page.evaluate("route => { location.hash = route; }", route)

    async def until(self, condition: str, given: Any = None) -> None:
        """Return when a function of JavaScript returns true.

        Playwright's own `wait_for_function` would evaluate it in the page, whose policy forbids that.
        """
        await self.page.evaluate(
            f"""async given => {{
                while (!({condition})(given)) await new Promise(done => requestAnimationFrame(done));
            }}""",
            given,
        )

    def check(self) -> None:
        """Fail if anything happened that must not."""
        unexpected = [text for text in self.errors if not any(re.search(each, text) for each in self.allowed)]
        assert not unexpected, "errors in the console: " + "; ".join(unexpected)
        assert not self.foreign, "requests to other servers: " + "; ".join(self.foreign)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.text} ({message.location.get('url')})")

    def _see(self, request: Request) -> None:
        self.asked.append(request.url)
        is_own = request.url.startswith((f"{self.url}/", *OWN_SCHEMES))
        if not is_own and request.resource_type != "media":
            self.foreign.append(f"{request.resource_type} {request.url}")


@asynccontextmanager
async def a_visit(browser: Browser, url: str, **context: Any) -> AsyncIterator[Visit]:
    """Open an empty tab of its own browser profile, and check at the end what happened in it."""
    options = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "timezone_id": "UTC", **context}
    profile = await browser.new_context(**options)
    try:
        visit = Visit(await profile.new_page(), url)
        yield visit
        visit.check()
    finally:
        await profile.unroute_all(behavior="ignoreErrors")
        for page in profile.pages:
            await page.unroute_all(behavior="ignoreErrors")  # an answer that is being changed has nobody left
        await profile.close()
