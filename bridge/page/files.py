"""The files of the page, each with its type, its checksum and a compressed copy."""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

STATIC: Final = Path(__file__).parent / "static"
INDEX: Final = "index.html"
JOINED: Final[Mapping[str, Sequence[str]]] = {
    "style/first.css": ("style/base.css", "style/controls.css", "style/shell.css", "style/board.css"),
}
"""Files that are served as one, because all of them are needed before anything is drawn."""
_KINDS: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
"""The types that are served; other files, such as declarations for tsc, are not."""


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file as it is served; `packed` is its gzip copy, if that is smaller."""

    kind: str
    body: bytes
    packed: bytes | None
    digest: str


@cache
def page_files() -> Mapping[str, PageFile]:
    """Return every file by its path below `static`, some joined; they are read and compressed once."""
    bodies = {
        file.relative_to(STATIC).as_posix(): file.read_bytes()
        for file in sorted(STATIC.rglob("*"))
        if file.suffix in _KINDS
    }
    bodies |= {name: b"\n".join(bodies.pop(part) for part in parts) for name, parts in JOINED.items()}
    return {name: packed(_KINDS[PurePosixPath(name).suffix], body) for name, body in bodies.items()}


def packed(kind: str, body: bytes) -> PageFile:
    """Return a file with its compressed copy and its checksum."""
    smaller = gzip.compress(body, mtime=0)
    return PageFile(
        kind,
        body,
        smaller if len(smaller) < len(body) else None,
        hashlib.sha256(body).hexdigest()[:32],
    )
