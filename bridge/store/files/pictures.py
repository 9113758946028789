"""Detects complete JPEG and PNG files by their bytes, never by their names; pure.

Sources: ITU-T T.81 annex B (JPEG markers) and the PNG specification, sections 5.2-5.3 (signature, chunks).
"""

import mmap
import struct
from typing import Final, TypeAlias

Bytes: TypeAlias = bytes | mmap.mmap

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xae\x42\x60\x82"
_START_OF_IMAGE: Final = b"\xff\xd8\xff"
_END_OF_IMAGE: Final = b"\xff\xd9"
_START_OF_SCAN: Final = 0xDA
_LONE_MARKERS: Final = frozenset({0x01, *range(0xD0, 0xD8)})


def picture_type(data: Bytes) -> str | None:
    """Return the MIME type of a complete JPEG or PNG, None for anything else, also truncated files."""
    if data[: len(_PNG_SIGNATURE)] == _PNG_SIGNATURE:
        return PNG if _is_whole_png(data) else None
    if data[:3] == _START_OF_IMAGE:
        return JPEG if _is_whole_jpeg(data) else None
    return None


def _is_whole_png(data: Bytes) -> bool:
    """Walk the chunks from the header to the end."""
    at = len(_PNG_SIGNATURE)
    if data[at + 4 : at + 8] != b"IHDR":
        return False
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        if data[at : at + 12] == _PNG_END:
            return True
        at += 12 + size
    return False


def _is_whole_jpeg(data: Bytes) -> bool:
    """Walk the segments to the first scan; the end-of-image marker must follow it."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _LONE_MARKERS:
            at += 1 if marker == 0xFF else 2
            continue
        (size,) = struct.unpack_from(">H", data, at + 2)
        if marker == _START_OF_SCAN:
            return data.find(_END_OF_IMAGE, at + 2 + size) >= 0
        at += 2 + size
    return False
