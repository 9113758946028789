"""The smallest whole pictures, made of bytes."""

import struct
import zlib


def png(padding: int = 0) -> bytes:
    """Return a picture of one pixel, so many bytes longer than it has to be."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = _chunk(b"IDAT", zlib.compress(b"\0\0"))
    filler = _chunk(b"tEXt", b"k\0" + b"x" * padding) if padding else b""
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + filler + pixels + _chunk(b"IEND", b"")


def jpeg() -> bytes:
    """Return what begins and ends as a JPEG does."""
    segment = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\1\1\0\0\1\0\1\0\0"
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\1\1\0\0\x3f\0" + b"pixels"
    return b"\xff\xd8" + segment + scan + b"\xff\xd9"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
