"""How soon the page can be used by a browser that was never here, over a slow network and over none.

The slow network is WebPageTest's "3G Fast": 1.6 Mbit/s down, 768 kbit/s up, 150 ms for a round trip, as
Chromium emulates them. Interactive is the moment at which the navigation is in the document: it comes with
its handlers, so from then on a click does something. Nothing is drawn before that but the background.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, async_playwright

from bench.figures import at, ms
from bench.processes import DidNotStart, bridge_command
from bench.tables import Table

PROGRAM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FAST_3G: Final[Mapping[str, float]] = {
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 768_000 / 8,
}
NONE: Final[Mapping[str, float]] = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
NETWORKS: Final[Mapping[str, Mapping[str, float]]] = {"3G Fast": FAST_3G, "this machine": NONE}
WATCH: Final = """
    window.seen = {};
    const note = (name, selector) => {
        if (!(name in window.seen) && document.querySelector(selector)) window.seen[name] = performance.now();
    };
    new MutationObserver(() => {
        note("interactive", "nav a[href], form button");
        note("filled", ".state h2, article");
    }).observe(document, { childList: true, subtree: true });
"""
FILLED: Final = """async () => {
    while (!("filled" in window.seen)) await new Promise(requestAnimationFrame);
    return window.seen;
}"""
NOTES: Final = (
    "3G Fast is WebPageTest's: 1.6 Mbit/s down, 768 kbit/s up, 150 ms a round trip, emulated by Chromium.",
    "Interactive: the navigation is there with its handlers. Filled: the board shows what there is. Both "
    "from the start of the load on, signed in by link, in a new browser profile.",
    "Bytes and requests: all until then, as they come over the wire.",
)


async def measure(folder: Path, times: int) -> Table:
    """Open the page so many times over each network."""
    if PROGRAM is None:
        raise DidNotStart("there is no Chromium")
    folder.mkdir()  # noqa: ASYNC240
    async with bridge_command("sandbox", folder, {}) as bridge, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=PROGRAM)
        address = f"{bridge.facts['url']}/#token={bridge.facts['api_token']}"
        rows = [
            row(name, [await visit(browser, address, network) for _ in range(times)])
            for name, network in NETWORKS.items()
        ]
    headings = ("network", "interactive p50", "most", "filled p50", "most", "bytes", "requests")
    return Table(f"The first view of the page, {times} times", headings, rows, NOTES)


def row(name: str, visits: Sequence[Mapping[str, float]]) -> list[str]:
    """Return the figures of one network."""
    interactive, filled = (sorted(each[what] for each in visits) for what in ("interactive", "filled"))
    last = visits[-1]
    times = [ms(at(values, share)) for values in (interactive, filled) for share in (0.5, 1)]
    return [name, *times, f"{last['bytes']:,.0f}", f"{last['requests']:.0f}"]


async def visit(browser: Browser, address: str, network: Mapping[str, float]) -> Mapping[str, float]:
    """Open the page once in a new profile; return when it could be used, and what came."""
    profile = await browser.new_context()
    try:
        page = await profile.new_page()
        session = await profile.new_cdp_session(page)
        weights: list[float] = []

        def finished(event: dict[str, Any]) -> None:
            weights.append(event["encodedDataLength"])

        session.on("Network.loadingFinished", finished)
        await session.send("Network.enable")
        await session.send("Network.emulateNetworkConditions", {"offline": False, **network})
        await page.add_init_script(WATCH)
        await page.goto(address, wait_until="commit")
        seen: dict[str, float] = await page.evaluate(FILLED)
        return {**seen, "bytes": sum(weights), "requests": len(weights)}
    finally:
        await profile.close()
