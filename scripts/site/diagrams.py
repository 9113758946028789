"""The diagrams: Mermaid in the documents; on the site, the drawings that `make diagrams` has made of it."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scripts.site.places import sources

DRAWINGS: Final = Path(__file__).parent / "drawings"
_DIAGRAM: Final = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def with_drawings(text: str) -> str:
    """Return a document with a drawing in the place of each diagram; one that was never drawn stays code."""
    return _DIAGRAM.sub(lambda found: _figure(found[1]) or found[0], text)


def diagrams() -> Iterator[str]:
    """Yield every diagram of the documents."""
    for page in sources():
        yield from _DIAGRAM.findall(page.read_text(encoding="utf-8"))


def drawing_of(diagram: str) -> Path:
    """Return the file of a drawing; another diagram has another one, so that none shows what was."""
    return DRAWINGS / f"{hashlib.sha256(diagram.encode()).hexdigest()[:12]}.svg"


def _figure(diagram: str) -> str:
    """Return the drawing as a part of the page, whose colours it takes, or nothing if there is none."""
    drawing = drawing_of(diagram)
    if not drawing.is_file():
        return ""
    return f'<div class="diagram" tabindex="0">{drawing.read_text(encoding="utf-8").strip()}</div>'
