"""What a frame costs while somebody scrolls through a board of 2,000 finished jobs, each with four videos.

The records are those of one job of the sandbox under other ids, so the videos are real and are loaded.
The answers of the history are made here, outside of the browser's process. CPU is the time that the page's
main thread was on a processor, so other programs do not count; gaps between two frames are as they were.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
from playwright.async_api import CDPSession, Page, Route, async_playwright

from bench.figures import at, ms
from bench.page import PROGRAM
from bench.processes import DidNotStart, bridge_command
from bench.tables import Table

JOBS: Final = 2_000
SIZE: Final[Any] = {"width": 1280, "height": 900}
SPEEDS: Final[Mapping[str, int]] = {"slow, 960 px/s": 16, "fast, 3,600 px/s": 60, "flung, 18,000 px/s": 300}
"""Pixels for each frame."""
LOADED: Final = """async () => {
    while (!document.querySelector(".jobs-foot")?.textContent.startsWith("That is all")) {
        window.scrollTo(0, document.documentElement.scrollHeight);
        await new Promise(requestAnimationFrame);
    }
    window.scrollTo(0, 0);
    await new Promise(done => setTimeout(done, 1000));
}"""
SCROLLED: Final = """async ([pixels, frames]) => {
    const gaps = [], long = [];
    const watch = new PerformanceObserver(list => long.push(...list.getEntries().map(each => each.duration)));
    watch.observe({ type: "longtask" });
    let before = await new Promise(requestAnimationFrame);
    for (let frame = 0; frame < frames; frame++) {
        window.scrollBy(0, pixels);
        const now = await new Promise(requestAnimationFrame);
        gaps.push(now - before);
        before = now;
    }
    watch.disconnect();
    return { gaps, long };
}"""
PARTS: Final = ("TaskDuration", "ScriptDuration", "RecalcStyleDuration", "LayoutDuration")
NOTES: Final = (
    "For each frame of 16.7 ms: CPU of the main thread, and of that JavaScript, styles and layout.",
    "Gap: between two frames, as the machine was. Long: tasks of the main thread of 50 ms or more.",
)


async def measure(folder: Path, frames: int) -> Table:
    """Scroll for so many frames at each speed."""
    if PROGRAM is None:
        raise DidNotStart("there is no Chromium")
    folder.mkdir()  # noqa: ASYNC240
    async with bridge_command("sandbox", folder, {}) as bridge, async_playwright() as playwright:
        url, token = bridge.facts["url"], bridge.facts["api_token"]
        history = History(await finished_job(url, token))
        browser = await playwright.chromium.launch(executable_path=PROGRAM)
        page = await browser.new_page(viewport=SIZE)
        await page.route("**/jobs/history*", history.answer)
        await page.goto(f"{url}/#token={token}")
        await page.wait_for_selector("article")
        await page.evaluate(LOADED)
        rows = [await row(page, name, pixels, frames) for name, pixels in SPEEDS.items()]
    headings = ("speed", "CPU", "JavaScript", "styles", "layout", "gap p50", "p99", "most", "long")
    return Table(f"A frame while {JOBS:,} jobs are scrolled, {frames} frames each", headings, rows, NOTES)


class History:
    """Answers for the history: one job many times, a minute apart."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        """Copy the job."""
        newest = datetime.fromisoformat(job["created"])
        self._jobs: Sequence[Mapping[str, Any]] = [
            {
                **job,
                "jobid": f"{number:032x}",
                "created": _text(newest - timedelta(minutes=number)),
                "updated": _text(newest - timedelta(minutes=number)),
            }
            for number in range(JOBS)
        ]

    async def answer(self, route: Route) -> None:
        """Answer with the jobs from the cursor on; there are none that are open."""
        query = parse_qs(urlsplit(route.request.url).query)
        if "status" in query:
            await route.fulfill(json={"jobs": [], "next": None})
            return
        start, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        end = start + limit
        await route.fulfill(json={"jobs": self._jobs[start:end], "next": str(end) if end < JOBS else None})


async def finished_job(url: str, token: str) -> Mapping[str, Any]:
    """Return the record of a job that was made and has its videos."""
    async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as http:
        made = await http.post("/v1/pixverse/create", json={"prompt": "a lighthouse", "style": "Realistic"})
        made.raise_for_status()
        job: dict[str, Any] = await made.json()
        async with http.get("/v1/pixverse/events") as stream:
            while job["status"] != "completed":
                await stream.content.readline()
                got = await http.get("/v1/pixverse/jobs/", params={"jobid": job["jobid"]})
                job = await got.json()
    return job


async def row(page: Page, name: str, pixels: int, frames: int) -> list[str]:
    """Scroll at a speed from the top on; return its figures."""
    await page.evaluate("window.scrollTo(0, 0)")
    await page.wait_for_timeout(1_000)
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = await spent(session)
    seen = await page.evaluate(SCROLLED, [pixels, frames])
    after = await spent(session)
    await session.detach()
    gaps = sorted(seen["gaps"])
    costs = [ms((after[part] - before[part]) * 1000 / frames) for part in PARTS]
    return [name, *costs, *(ms(at(gaps, share)) for share in (0.5, 0.99, 1)), str(len(seen["long"]))]


async def spent(session: CDPSession) -> Mapping[str, float]:
    """Return the seconds that the main thread has spent on each kind of work."""
    answer = await session.send("Performance.getMetrics")
    return {each["name"]: each["value"] for each in answer["metrics"]}


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
