"""The formats of uploaded files: by their endings, as in the contract's error texts, and as MIME types."""

from collections.abc import Mapping
from typing import Final

from bridge.verbs.row import Kind

MIME: Final[Mapping[str, str]] = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "avif": "image/avif",
    "heic": "image/heic",
    "bmp": "image/bmp",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
}
ENDING: Final[Mapping[str, str]] = {mime: ending for ending, mime in MIME.items()}
OF_KIND: Final[Mapping[Kind, tuple[str, ...]]] = {
    kind: tuple(ending for ending, mime in MIME.items() if mime.startswith(f"{kind}/"))
    for kind in (Kind.IMAGE, Kind.VIDEO)
}
"""The formats that a field of a kind can take."""
USUAL: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.IMAGE: ("jpg", "png"),
    Kind.VIDEO: ("mp4", "mov", "webm"),
}
"""The formats that it takes unless its row says otherwise."""
