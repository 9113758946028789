"""Draw the Mermaid diagrams of the documents for the site, into scripts/site/drawings.

Usage: .venv/bin/python -m scripts.draw_diagrams     (needs npm, Chromium and requirements-dev.lock)
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from scripts.site.diagrams import DRAWINGS, diagrams, drawing_of
from scripts.site.places import ROOT

FROM: Final = ROOT / "scripts" / "site" / "mermaid"
TO: Final = ROOT / ".diagrams"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
COLOURS: Final = """
    .node rect, .node path { fill: var(--diagram-box) !important; stroke: var(--diagram-line) !important; }
    .cluster rect { fill: var(--diagram-group) !important; stroke: var(--diagram-line) !important; }
    .edgePath path, .flowchart-link { stroke: var(--diagram-line) !important; fill: none; }
    .marker, .marker path { fill: var(--diagram-line) !important; stroke: var(--diagram-line) !important; }
    .edgeLabel rect, .labelBkg, .background { fill: var(--diagram-ground) !important; opacity: 0.85; }
    text, tspan { fill: var(--diagram-text) !important; }
"""
DRAW: Final = """async ([diagram, themeCSS, name]) => {
    mermaid.initialize({
        startOnLoad: false, theme: "base", themeCSS, htmlLabels: false, fontFamily: "sans-serif",
        flowchart: { htmlLabels: false, padding: 12, nodeSpacing: 30, rankSpacing: 45 },
    });
    return (await mermaid.render(name, diagram.replace("flowchart LR", "flowchart TB"))).svg;
}"""
"""From top to bottom: a page of the site is higher than it is wide."""
UNUSED: Final = re.compile(r' (?:data-[a-z-]+|aria-roledescription)="[^"]*"')


def main() -> None:
    """Draw every diagram, and delete the drawings of those that are gone."""
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None or shutil.which("npm") is None:
        sys.exit("draw_diagrams: needs Chromium and npm")
    install()
    shutil.rmtree(DRAWINGS, ignore_errors=True)
    DRAWINGS.mkdir()
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=program).new_page()
        page.set_content("<!doctype html><body></body>")
        page.add_script_tag(path=TO / "node_modules" / "mermaid" / "dist" / "mermaid.min.js")
        for diagram in diagrams():
            draw(page, diagram, drawing_of(diagram))


def install() -> None:
    """Let npm install Mermaid as its lock file says."""
    made_from = TO / "made-from"
    if made_from.is_file() and made_from.read_bytes() == (FROM / "package-lock.json").read_bytes():
        return
    TO.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(FROM / name, TO)
    command = ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(command, cwd=TO, check=True)  # noqa: S603 - a fixed command
    shutil.copy(FROM / "package-lock.json", made_from)


def draw(page: Page, diagram: str, file: Path) -> None:
    """Write a drawing in one line, since an empty one would end it in a document."""
    drawing = page.evaluate(DRAW, [diagram, COLOURS, f"diagram-{file.stem}"])
    file.write_text(" ".join(UNUSED.sub("", drawing).split()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
