"""The picture that an agent gives: a file of this machine, or its bytes as a data URL.

An agent may have been talked into sending a file of yours that is none: only what begins as a JPEG or PNG
does is read whole and sent to the bridge.
"""

import asyncio
import base64
import binascii
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 20 * 1024 * 1024
BEGINNINGS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
LONGEST_BEGINNING: Final = 8


class NoPicture(Exception):
    """What was given is no picture; the text says what to do."""


async def picture_of(given: str, *, reads_files: bool) -> bytes:
    """Return the bytes of a picture; raises `NoPicture`."""
    if given.startswith("data:"):
        data = _decoded(given)
    elif "://" in given:
        raise NoPicture(
            "Web addresses are not fetched: download the picture, and give its path or a data URL."
        )
    elif not reads_files:
        raise NoPicture("Files are not read over HTTP: give the picture as a data URL.")
    else:
        data = await asyncio.to_thread(_read, given)
    _check(data, "the data URL" if given.startswith("data:") else given)
    return data


def _decoded(url: str) -> bytes:
    head, _, text = url.partition(",")
    if not head.endswith(";base64"):
        raise NoPicture("The data URL has to begin with data:image/png;base64, or data:image/jpeg;base64,.")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise NoPicture("The data URL is not base64.") from None


def _read(given: str) -> bytes:
    path = Path(given).expanduser()
    try:
        if not path.is_file():
            raise NoPicture(f"{path} is no file: give the whole path of a JPEG or PNG on this machine.")
        with path.open("rb") as file:
            beginning = file.read(LONGEST_BEGINNING)
            _check(beginning, str(path))
            return beginning + file.read(MOST_BYTES)
    except OSError as error:
        raise NoPicture(f"{path} cannot be read: {error.strerror}.") from None


def _check(data: bytes, name: str) -> None:
    if not data.startswith(BEGINNINGS):
        raise NoPicture(f"{name} is neither a JPEG nor a PNG.")
    if len(data) > MOST_BYTES:
        raise NoPicture(f"{name} is larger than 20 MiB: make it smaller.")
