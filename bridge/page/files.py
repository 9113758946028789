"""The files of the page, each with its type, its checksum and a compressed copy."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"
INDEX: Final = "index.html"
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
    """Return every file by its path below `static`; they are read and compressed once."""
    return {
        file.relative_to(STATIC).as_posix(): packed(_KINDS[file.suffix], file.read_bytes())
        for file in sorted(STATIC.rglob("*"))
        if file.suffix in _KINDS
    }


def packed(kind: str, body: bytes) -> PageFile:
    """Return a file with its compressed copy and its checksum."""
    smaller = gzip.compress(body, mtime=0)
    return PageFile(
        kind,
        body,
        smaller if len(smaller) < len(body) else None,
        hashlib.sha256(body).hexdigest()[:32],
    )
