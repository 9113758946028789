"""What Pillow reads in a picture, with limits: it is maintained against hostile files.

Only its readers of JPEG and PNG are used. They are loaded with the first picture, to keep the start quick.
"""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MOST_PIXELS: Final = 178_956_970
"""The number of pixels beyond which Pillow regards a file as a decompression bomb."""
MOST_DECODED: Final = 25_000_000
"""The largest number of pixels that are decoded, into 100 MB of memory at most."""


class NotAPicture(Exception):
    """A file is not a complete JPEG or PNG: what was seen in it, and what would be right."""


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Return width and height as the head of a JPEG has them."""
    from PIL.JpegImagePlugin import JpegImageFile

    with _decoding("The head of the JPEG"), JpegImageFile(io.BytesIO(data)) as picture:
        return picture.size


def jpeg_digest(data: bytes) -> bytes:
    """Return the digest of a JPEG's pixels."""
    from PIL.JpegImagePlugin import JpegImageFile

    with _decoding("The picture data of the JPEG"), JpegImageFile(io.BytesIO(data)) as picture:
        return hashlib.sha256(picture.tobytes()).digest()


def decode_png(data: bytes) -> None:
    """Read the header of a PNG, and its pixels if they are not too many."""
    from PIL.PngImagePlugin import PngImageFile

    with _decoding("The image data of the PNG"), PngImageFile(io.BytesIO(data)) as picture:
        if picture.width * picture.height <= MOST_DECODED:
            picture.load()


def check_pixels(width: int, height: int) -> None:
    """Raise `NotAPicture` for a picture without pixels or with too many."""
    if not (width and height):
        raise NotAPicture(f"The picture has {width} × {height} pixels. It needs at least one.")
    if width * height > MOST_PIXELS:
        raise NotAPicture(
            f"The picture has {width} × {height} pixels. At most {MOST_PIXELS} pixels are accepted, "
            "for example 13377 × 13377."
        )


@contextmanager
def _decoding(what: str) -> Iterator[None]:
    """Raise `NotAPicture` for any error, since a hostile file can cause any."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        why = str(error)[:200] or type(error).__name__
        raise NotAPicture(
            f"{what} cannot be decoded: {why}. Save the picture again, or send the original."
        ) from None
