"""Checks a PNG: its chunks, their checksums, its size, and that its pixels are there.

Source: the PNG specification, sections 5.2-5.3 (signature, chunks). What follows the end is not looked at,
and an APNG is a PNG.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bridge.store.files.decoder import NotAPicture, check_pixels, decode_png

PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS: Final = 50_000
"""More than 100 MB in the chunks of 8 KiB that encoders write; each one costs time."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A chunk: where it begins, its name, where its content begins and how long that is."""

    at: int
    name: bytes
    content: int
    size: int

    @property
    def shown(self) -> str:
        """The name, with what is not a letter escaped."""
        return self.name.decode("latin-1") if self.name.isalpha() else self.name.hex()


def check_png(data: bytes) -> None:
    """Raise `NotAPicture` for a PNG that is not complete."""
    has_data = False
    for chunk in _chunks(data):
        if chunk.at == len(PNG_START):
            _check_header(data, chunk)
        _check_sum(data, chunk)
        has_data = has_data or (chunk.name == b"IDAT" and chunk.size > 0)
    if not has_data:
        raise NotAPicture("The PNG has no image data: no IDAT chunk with content stands before its end.")
    decode_png(data)


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Yield the chunks from the header to the end; raises `NotAPicture` if one of them is not whole."""
    at = len(PNG_START)
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(data):
            raise NotAPicture(
                f"The PNG ends after {len(data)} bytes, without an IEND chunk. "
                "It was cut; send the whole file."
            )
        size, name = struct.unpack_from(">I4s", data, at)
        chunk = _Chunk(at, name, at + 8, size)
        at += 12 + size
        if at > len(data):
            raise NotAPicture(
                f"The {chunk.shown} chunk at byte {chunk.at} of the PNG should end at byte {at}, "
                f"but the file has {len(data)} bytes. It was cut; send the whole file."
            )
        yield chunk
        if name == b"IEND":
            return
    raise NotAPicture(f"The PNG has more than {_MOST_CHUNKS} chunks. Save it again with an ordinary program.")


def _check_header(data: bytes, chunk: _Chunk) -> None:
    if chunk.name != b"IHDR" or chunk.size != 13:
        raise NotAPicture(
            f"The PNG begins with {chunk.size} bytes of {chunk.shown}. It has to begin with 13 bytes of IHDR."
        )
    width, height = struct.unpack_from(">II", data, chunk.content)
    check_pixels(width, height)


def _check_sum(data: bytes, chunk: _Chunk) -> None:
    end = chunk.content + chunk.size
    (told,) = struct.unpack_from(">I", data, end)
    real = zlib.crc32(memoryview(data)[chunk.at + 4 : end])
    if told != real:
        raise NotAPicture(
            f"The checksum (CRC) of the {chunk.shown} chunk at byte {chunk.at} of the PNG is {told:08x}, "
            f"but its content has {real:08x}. The file was damaged; send the original."
        )
