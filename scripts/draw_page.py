"""Draw docs/pictures/page-*.png: the board, a job and the accounts as a browser shows them, light and dark.

Usage: .venv/bin/python -m scripts.draw_page     (needs Chromium and the packages of requirements-dev.lock)
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal
from urllib.request import Request, urlopen

from playwright.sync_api import Page, ViewportSize, sync_playwright

ROOT: Final = Path(__file__).parents[1]
PICTURES: Final = ROOT / "docs" / "pictures"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
SIZE: Final[ViewportSize] = {"width": 1280, "height": 980}
TOKEN: Final = "sandbox"  # noqa: S105 - the sandbox's own, known to everyone
OVER: Final = (
    ("create", {"prompt": "A lighthouse in a storm, seen from the sea", "style": "Realistic"}),
    ("create_single", {"prompt": "Tea is poured into a glass cup, slow motion", "style": "Realistic"}),
    (
        "create",
        {"prompt": "A fox that reads the newspaper in a café", "style": "Anime", "aspect_ratio": "16:9"},
    ),
    ("create", {"prompt": "Snow falls on a street market at night #moderated-late", "style": "3D Animation"}),
    (
        "create",
        {"prompt": "A cat on a skateboard, golden hour", "style": "Realistic", "replyRef": "order-1042"},
    ),
)
RUNNING: Final = (
    ("create", {"prompt": "A paper boat goes down a rainy street", "style": "Realistic"}),
    ("create_single", {"prompt": "Two robots learn to dance tango", "style": "3D Animation"}),
)
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
LIMIT_S: Final = 60
SHOWN: Final = """async () => {
    const isShown = video => video.readyState >= 2;
    while (![...document.querySelectorAll("video")].every(isShown)) await new Promise(requestAnimationFrame);
}"""
SETTLED_MS: Final = 1_000
"""For what a view asks the bridge, and for videos, which are loaded a moment after their cards."""


def main() -> None:
    """Run a sandbox, make videos, and draw each view in both colours while two of them run."""
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        sys.exit("draw_page: there is no Chromium")
    with tempfile.TemporaryDirectory() as directory, sandbox(Path(directory)) as facts:
        made = [order(facts, verb, fields) for verb, fields in OVER]
        wait_until(lambda: all(is_over(facts, job) for job in made))
        for verb, fields in RUNNING:
            order(facts, verb, fields)
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=program).new_page(viewport=SIZE)
            page.goto(f"{facts['url']}/#token={TOKEN}")
            for name, route in (("board", "/"), ("job", f"/jobs/{made[-1]}"), ("accounts", "/accounts")):
                draw(page, name, route)


def draw(page: Page, name: str, route: str) -> None:
    """Draw a view, light and dark, once its videos can be seen."""
    page.evaluate("route => { location.hash = route; }", route)
    page.wait_for_selector("main h1")
    page.wait_for_timeout(SETTLED_MS)
    page.evaluate(SHOWN)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.screenshot(path=PICTURES / f"page-{name}-{scheme}.png", animations="disabled")


@contextmanager
def sandbox(directory: Path) -> Iterator[Mapping[str, Any]]:
    """Run a bridge on a simulated Discord, and give what its ready file says."""
    ready, log = directory / "ready", directory / "log"
    with log.open("w") as out:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "bridge", "sandbox", "--port", "0", "--ready-file", str(ready)],
            cwd=ROOT,
            stdout=out,
            stderr=out,
        )
        try:
            wait_until(lambda: ready.exists() or process.poll() is not None)
            if process.poll() is not None:
                sys.exit(log.read_text(encoding="utf-8"))
            yield json.loads(ready.read_text(encoding="utf-8"))
        finally:
            process.terminate()
            process.wait(10)


def order(facts: Mapping[str, Any], verb: str, fields: Mapping[str, str]) -> str:
    """Return the id of a job that was just accepted."""
    return str(asked(facts, f"/v1/pixverse/{verb}", fields)["jobid"])


def is_over(facts: Mapping[str, Any], job: str) -> bool:
    """Tell whether a job has ended."""
    return asked(facts, f"/v1/pixverse/jobs/?jobid={job}")["status"] in ("completed", "moderated", "failed")


def asked(facts: Mapping[str, Any], path: str, fields: Mapping[str, str] | None = None) -> Any:
    """Return the answer of the bridge."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    body = None if fields is None else json.dumps(fields).encode()
    with urlopen(Request(facts["url"] + path, body, headers), timeout=30) as answer:  # noqa: S310 - the sandbox
        return json.load(answer)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return when something is so; gives up after a minute."""
    deadline = time.monotonic() + LIMIT_S
    while not is_so():
        if time.monotonic() > deadline:
            sys.exit("draw_page: nothing came for a minute")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
