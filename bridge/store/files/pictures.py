"""Detects complete JPEG and PNG files by their bytes, never by their names; pure.

The structure is checked here, so that an answer can say what is wrong with it. Pillow reads what is inside
(`decoder.py`). Nothing is changed: Discord gets the bytes as they came.
"""

from typing import Final

from bridge.store.files.decoder import NotAPicture
from bridge.store.files.formats import seen_in
from bridge.store.files.jpeg import JPEG_START, check_jpeg
from bridge.store.files.png import PNG_START, check_png

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"


def picture_type(data: bytes) -> str:
    """Return the MIME type of a complete JPEG or PNG; raises `NotAPicture` for anything else, cut files too.

    Call it in a thread: decoding a picture of 25 megapixels takes a good part of a second.
    """
    if data.startswith(PNG_START):
        check_png(data)
        return PNG
    if data.startswith(JPEG_START):
        check_jpeg(data)
        return JPEG
    raise NotAPicture(f"The file is {seen_in(data)}. Send the picture as JPEG or PNG.")
