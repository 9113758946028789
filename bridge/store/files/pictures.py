"""Detects what uploaded files are by their bytes, never by their names; pure.

The structure of a JPEG and a PNG is checked here, so that an answer can say what is wrong with it. Pillow
reads what is inside (`decoder.py`). Other formats are recognised by how they begin, and not opened: whether
they are whole is for the bot to tell. Nothing is changed: Discord gets the bytes as they came.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bridge.store.files.decoder import NotAPicture
from bridge.store.files.formats import ending_of, seen_in
from bridge.store.files.jpeg import JPEG_START, check_jpeg
from bridge.store.files.png import PNG_START, check_png
from bridge.verbs.built_in import PICTURES
from bridge.verbs.formats import MIME

_NAMES: Final[Mapping[str, str]] = {
    "jpg": "JPEG",
    "png": "PNG",
    "webp": "WebP",
    "gif": "GIF",
    "avif": "AVIF",
    "heic": "HEIC",
    "bmp": "BMP",
    "mp4": "MP4",
    "mov": "MOV",
    "webm": "WebM",
}


def picture_type(data: bytes) -> str:
    """Return the MIME type of a complete JPEG or PNG; raises `NotAPicture` for anything else."""
    return file_type(data, PICTURES)


def file_type(data: bytes, formats: Sequence[str]) -> str:
    """Return the MIME type of a file of one of the formats; raises `NotAPicture` for anything else.

    Call it in a thread: decoding a picture of 25 megapixels takes a good part of a second.
    """
    ending = _ending(data)
    if ending not in formats:
        seen = f"a {_NAMES[ending]}" if ending in PICTURES else seen_in(data)
        raise NotAPicture(f"The file is {seen}. Send {_wanted(formats)}.")
    if ending == "png":
        check_png(data)
    if ending == "jpg":
        check_jpeg(data)
    return MIME[ending]


def _ending(data: bytes) -> str:
    if data.startswith(PNG_START):
        return "png"
    return "jpg" if data.startswith(JPEG_START) else ending_of(data)


def _wanted(formats: Sequence[str]) -> str:
    names = [_NAMES[ending] for ending in formats]
    listed = " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
    is_picture = MIME[formats[0]].startswith("image/")
    return f"the {'picture' if is_picture else 'video'} as {listed}"
