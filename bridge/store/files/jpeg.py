"""Checks a JPEG: its segments, its size, and that its picture data is complete.

Source: ITU-T T.81 annex B (markers). What every viewer shows is complete: the end may lack its marker,
and bytes may follow it, such as the video of a motion photo.
"""

import re
from dataclasses import dataclass
from typing import Final

from bridge.store.files.decoder import MOST_DECODED, NotAPicture, check_pixels, jpeg_digest, jpeg_size

JPEG_START: Final = b"\xff\xd8\xff"
_END: Final = b"\xff\xd9"
_MARKER: Final = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]")
"""The start of a segment or the end: neither a byte of data, nor a restart, nor a filler."""
_START_OF_SCAN: Final = 0xDA
_END_OF_IMAGE: Final = 0xD9
_MOST_SEGMENTS: Final = 5_000
_MOST_SCANS: Final = 40
"""Encoders write ten or so; in a hostile file each one costs as much time as a whole picture."""
_MOST_STRAY: Final = 65_536
"""The maximum number of bytes between two segments of the head that belong to none."""
_APPENDED: Final = b"\xaa" * 4_096


@dataclass(frozen=True, slots=True)
class _Layout:
    """How many scans there are, and whether the end is marked."""

    scans: int
    is_ended: bool


def check_jpeg(data: bytes) -> None:
    """Raise `NotAPicture` for a JPEG that is not complete."""
    layout = _layout(data)
    if not layout.scans and layout.is_ended:
        raise NotAPicture("The JPEG has no picture data: no scan (SOS) stands before its end.")
    if not layout.scans:
        raise _cut(data, "before its picture data")
    width, height = jpeg_size(data)
    check_pixels(width, height)
    if layout.is_ended:
        return
    if width * height > MOST_DECODED:
        raise _cut(
            data,
            f"without its last two bytes, ff d9, and with {width} × {height} pixels is too large to check",
        )
    if not _has_all_pixels(data):
        raise _cut(data, "in the middle of its picture data")


def _layout(data: bytes) -> _Layout:
    """Walk the segments and scans to the end."""
    at, scans = 2, 0
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            return _Layout(scans, is_ended=False)
        if not scans and found.start() - at > _MOST_STRAY:
            raise NotAPicture(
                f"The JPEG has {found.start() - at} bytes in its head that belong to no segment."
            )
        marker = data[found.start() + 1]
        if marker == _END_OF_IMAGE:
            return _Layout(scans, is_ended=True)
        scans += marker == _START_OF_SCAN
        if scans > _MOST_SCANS:
            raise NotAPicture(
                f"The JPEG has more than {_MOST_SCANS} scans. Save it again with another program."
            )
        at = found.end() + int.from_bytes(data[found.end() : found.end() + 2])
    raise NotAPicture(
        f"The JPEG has more than {_MOST_SEGMENTS} segments. Save it again with another program."
    )


def _has_all_pixels(data: bytes) -> bool:
    """Return whether a JPEG without an end marker lacks nothing else.

    A decoder makes up what is missing. So the picture is decoded twice, once with bytes appended that are
    only read if picture data is missing: they change the pixels of a picture that was cut, and of no other.
    """
    return jpeg_digest(data + _END) == jpeg_digest(data + _APPENDED + _END)


def _cut(data: bytes, where: str) -> NotAPicture:
    return NotAPicture(f"The JPEG ends after {len(data)} bytes, {where}. It was cut; send the whole file.")
