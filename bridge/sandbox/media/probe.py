"""What a file is, read from its own bytes: content type, width and height."""

import mimetypes
from dataclasses import dataclass

__all__ = ["Looks", "look_at"]

SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftyp", "video/mp4"),
)


@dataclass(frozen=True)
class Looks:
    """The type of a file, and its size in pixels when it has one that was found."""

    content_type: str
    width: int | None = None
    height: int | None = None


def look_at(filename: str, content: bytes) -> Looks:
    """Decide the type by the bytes, or else by the name, as Discord does for uploads."""
    for offset, signature, content_type in SIGNATURES:
        if content.startswith(signature, offset):
            width, height = MEASURES.get(content_type, _no_size)(content)
            return Looks(content_type, width, height)
    return Looks(mimetypes.guess_type(filename)[0] or "application/octet-stream")


def _no_size(_content: bytes) -> tuple[int | None, int | None]:
    return None, None


def _png_size(content: bytes) -> tuple[int | None, int | None]:
    if len(content) < 24:
        return None, None
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def _gif_size(content: bytes) -> tuple[int | None, int | None]:
    if len(content) < 10:
        return None, None
    return int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")


def _jpeg_size(content: bytes) -> tuple[int | None, int | None]:
    """Walk the segments to the start of frame (SOF0-SOF15 without DHT, JPG and DAC)."""
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height = int.from_bytes(content[at + 5 : at + 7], "big")
            return int.from_bytes(content[at + 7 : at + 9], "big"), height
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None, None


def _mp4_size(content: bytes) -> tuple[int | None, int | None]:
    """Read the last eight bytes of the first track header: width and height as 16.16 fixed point."""
    at = content.find(b"tkhd")
    if at < 4:
        return None, None
    end = at - 4 + int.from_bytes(content[at - 4 : at], "big")
    return int.from_bytes(content[end - 8 : end - 6], "big"), int.from_bytes(
        content[end - 4 : end - 2], "big"
    )


MEASURES = {
    "image/png": _png_size,
    "image/gif": _gif_size,
    "image/jpeg": _jpeg_size,
    "video/mp4": _mp4_size,
}
