"""Form data, part by part: text is read into memory, an expected picture is streamed to disk.

aiohttp does not limit form data, so every part is counted here.
"""

import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError, PayloadEncodingError
from aiohttp.multipart import BadContentDispositionHeader, BadContentDispositionParam

from bridge.api.http.answers import Refusal
from bridge.jobs.command import Upload
from bridge.store.files.decoder import NotAPicture
from bridge.store.files.uploads import TooLarge, Uploads

MOST_TEXT: Final = 1_048_576
MOST_FIELDS: Final = 100
MOST_LINES: Final = 2_000
"""The maximum number of lines outside the contents of parts: boundaries and headers."""
PICTURES: Final = 2
"""How many pictures of the largest size fit into a body: one, and one that replaces it."""
_CHUNK: Final = 65_536

# aiohttp warns of each malformed header of a part; Python would print each text and never forget it.
for _malformed in (BadContentDispositionHeader, BadContentDispositionParam):
    warnings.simplefilter("ignore", _malformed)


class FilePart:
    """The value of a field that contains a file."""


@dataclass(slots=True)
class UploadSlot:
    """Writes the picture of the field `name` to disk; `kept` are the stored ones.

    `is_needed`: a job may need them, so they are deleted only after the job was sent.
    """

    name: str
    uploads: Uploads
    most_bytes: int
    kept: list[Upload] = field(default_factory=list)
    is_needed: bool = False

    def clear(self) -> None:
        """Delete the stored pictures."""
        for upload in self.kept:
            self.uploads.delete(upload.key)
        self.kept.clear()


async def form_fields(request: web.Request, slot: UploadSlot | None) -> dict[str, object]:
    """Return the fields of form data; raises `Refusal` (400, 413)."""
    fields: dict[str, object] = {}
    most_bytes = slot.most_bytes if slot else 0
    room = _Room(text=MOST_TEXT, files=most_bytes, pictures=PICTURES * most_bytes)
    parts = 0
    try:
        reader = MultipartReader(request.headers, cast("StreamReader", _Lines(request.content)))
        while (part := await reader.next()) is not None:
            parts += 1
            if parts > MOST_FIELDS:
                raise too_many_fields()
            name, fields[name] = await _part(part, slot, room)
    except PayloadEncodingError:
        raise
    except HttpProcessingError:
        raise no_form_data("the head of a part cannot be read") from None
    except (ValueError, AssertionError, LookupError, RuntimeError) as error:
        raise no_form_data(str(error)) from None
    return fields


def too_many_fields() -> Refusal:
    """Return the refusal of too many fields."""
    return Refusal(400, f"The body has more than {MOST_FIELDS} fields")


def no_form_data(why: str) -> Refusal:
    """Return the refusal of invalid form data."""
    return Refusal(400, "The body is not valid form data", why[:300])


def too_large(why: str | None = None) -> Refusal:
    """Return the refusal of a body that is too large."""
    return Refusal(413, f"The body is too large, the limit is {MOST_TEXT} bytes", why)


def no_picture(name: str, why: str) -> Refusal:
    """Return the refusal of a file that is not a complete JPEG or PNG."""
    return Refusal(400, f"{name} is not a supported image, must be one of jpg, png", why)


def picture_too_large(name: str, most_bytes: int | str, why: str | None = None) -> Refusal:
    """Return the refusal of a file over the limit; `why` says whose limit it is if it is not the bridge's."""
    return Refusal(400, f"{name} is too large, the limit is {most_bytes} bytes", why)


@dataclass(slots=True)
class _Room:
    """How many bytes of text, of unexpected files and of expected pictures may still arrive."""

    text: int
    files: int
    pictures: int


class _Lines:
    """A body with a limited number of lines, and of bytes in them, outside the contents of its parts."""

    def __init__(self, content: StreamReader) -> None:
        self._content = content
        self._lines_left = MOST_LINES
        self._bytes_left = MOST_TEXT

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)

    async def readline(self, **more: Any) -> bytes:
        """Return the next line; raises `Refusal` beyond the limit."""
        self._lines_left -= 1
        if self._lines_left < 0 or self._bytes_left < 0:
            raise no_form_data("it has too many lines that belong to no field")
        line = await self._content.readline(**more)
        self._bytes_left -= len(line)
        return line


async def _part(
    part: MultipartReader | BodyPartReader, slot: UploadSlot | None, room: _Room
) -> tuple[str, object]:
    """Return a field's name and value: text, the expected picture, or a placeholder for another file."""
    if isinstance(part, MultipartReader) or part.name is None:
        raise no_form_data("a part has no name")
    if part.filename is None:
        return part.name, part.decode(await _text(part, room)).decode("utf-8")
    if slot is not None and part.name == slot.name:
        return part.name, await _picture(part, slot, room)
    await _pass_over(part, room, slot)
    return part.name, FilePart()


async def _text(part: BodyPartReader, room: _Room) -> bytes:
    content = bytearray()
    async for chunk in _chunks(part):
        content += chunk
        room.text -= len(chunk)
        if room.text < 0:
            raise too_large()
    return bytes(content)


async def _pass_over(part: BodyPartReader, room: _Room, slot: UploadSlot | None) -> None:
    """Skip an unexpected file; it may be as large as an expected picture, otherwise it counts as text."""
    async for chunk in _chunks(part):
        if slot is None:
            room.text -= len(chunk)
        else:
            room.files -= len(chunk)
        if slot is not None and room.files < 0:
            raise picture_too_large(str(part.name), slot.most_bytes)
        if room.text < 0:
            raise too_large(f"{part.name} is a file, and this takes none")


async def _picture(part: BodyPartReader, slot: UploadSlot, room: _Room) -> Upload | None:
    """Store a picture, replacing an earlier one of the same field; None if the file is empty."""
    slot.clear()
    try:
        upload = await slot.uploads.keep(_picture_chunks(part, room), slot.most_bytes)
    except TooLarge:
        raise picture_too_large(slot.name, slot.most_bytes) from None
    except NotAPicture as error:
        raise no_picture(slot.name, str(error)) from None
    slot.kept += [upload] if upload else []
    return upload


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_CHUNK):
        yield chunk


async def _picture_chunks(part: BodyPartReader, room: _Room) -> AsyncIterator[bytes]:
    """Yield the content of a picture; raises `TooLarge` beyond what all pictures together may have."""
    async for chunk in _chunks(part):
        room.pictures -= len(chunk)
        if room.pictures < 0:
            raise TooLarge
        yield chunk
