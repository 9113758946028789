"""Form data, part by part: text is read into memory, an expected file is streamed to disk.

aiohttp does not limit form data, so every part is counted here.
"""

import warnings
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError, PayloadEncodingError
from aiohttp.multipart import BadContentDispositionHeader, BadContentDispositionParam

from bridge.api.http.answers import Refusal
from bridge.jobs.command import Upload
from bridge.store.files.decoder import NotAPicture
from bridge.store.files.uploads import TooLarge, Uploads
from bridge.verbs.row import FieldRow

MOST_TEXT: Final = 1_048_576
MOST_FIELDS: Final = 100
MOST_LINES: Final = 2_000
"""The maximum number of lines outside the contents of parts: boundaries and headers."""
_CHUNK: Final = 65_536

# aiohttp warns of each malformed header of a part; Python would print each text and never forget it.
for _malformed in (BadContentDispositionHeader, BadContentDispositionParam):
    warnings.simplefilter("ignore", _malformed)


class FilePart:
    """The value of a field that contains a file."""


@dataclass(slots=True)
class UploadSlots:
    """Writes the files of some fields to disk; `kept` are the stored ones, by field.

    `is_needed`: a job may need them, so they are deleted only after the job was sent.
    """

    fields: Sequence[FieldRow]
    uploads: Uploads
    most_bytes: int
    kept: dict[str, Upload] = field(default_factory=dict)
    is_needed: bool = False

    def field(self, name: str) -> FieldRow | None:
        """Return the field of a name that takes a file."""
        return next((each for each in self.fields if each.name == name), None)

    def clear(self) -> None:
        """Delete the stored files."""
        for name in tuple(self.kept):
            self.replace(name, None)

    def replace(self, name: str, upload: Upload | None) -> None:
        """Delete the earlier file of a field, and remember the new one."""
        if name in self.kept:
            self.uploads.delete(self.kept.pop(name).key)
        if upload is not None:
            self.kept[name] = upload


async def form_fields(request: web.Request, slots: UploadSlots | None) -> dict[str, object]:
    """Return the fields of form data; raises `Refusal` (400, 413)."""
    fields: dict[str, object] = {}
    most_bytes = slots.most_bytes if slots else 0
    expected = (len(slots.fields) + 1) * most_bytes if slots else 0
    room = _Room(text=MOST_TEXT, unexpected=most_bytes, expected=expected)
    parts = 0
    try:
        reader = MultipartReader(request.headers, cast("StreamReader", _Lines(request.content)))
        while (part := await reader.next()) is not None:
            parts += 1
            if parts > MOST_FIELDS:
                raise too_many_fields()
            name, fields[name] = await _part(part, slots, room)
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


def not_supported(row: FieldRow, why: str) -> Refusal:
    """Return the refusal of a file that has none of the formats of its field, or is not complete."""
    allowed = ", ".join(row.formats)
    return Refusal(400, f"{row.name} is not a supported {row.kind}, must be one of {allowed}", why)


def file_too_large(name: str, most_bytes: int | str, why: str | None = None) -> Refusal:
    """Return the refusal of a file over the limit; `why` says whose limit it is if it is not the bridge's."""
    return Refusal(400, f"{name} is too large, the limit is {most_bytes} bytes", why)


@dataclass(slots=True)
class _Room:
    """How many bytes of text, of unexpected files and of expected ones may still arrive.

    Of the expected files there may be one more than there are fields: one that replaces another.
    """

    text: int
    unexpected: int
    expected: int


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
    part: MultipartReader | BodyPartReader, slots: UploadSlots | None, room: _Room
) -> tuple[str, object]:
    """Return a field's name and value: text, an expected file, or a placeholder for another one."""
    if isinstance(part, MultipartReader) or part.name is None:
        raise no_form_data("a part has no name")
    if part.filename is None:
        return part.name, part.decode(await _text(part, room)).decode("utf-8")
    row = slots.field(part.name) if slots else None
    if slots is not None and row is not None:
        return part.name, await _upload(part, row, slots, room)
    await _pass_over(part, room, slots)
    return part.name, FilePart()


async def _text(part: BodyPartReader, room: _Room) -> bytes:
    content = bytearray()
    async for chunk in _chunks(part):
        content += chunk
        room.text -= len(chunk)
        if room.text < 0:
            raise too_large()
    return bytes(content)


async def _pass_over(part: BodyPartReader, room: _Room, slots: UploadSlots | None) -> None:
    """Skip an unexpected file; it may be as large as an expected one, otherwise it counts as text."""
    async for chunk in _chunks(part):
        if slots is None:
            room.text -= len(chunk)
        else:
            room.unexpected -= len(chunk)
        if slots is not None and room.unexpected < 0:
            raise file_too_large(str(part.name), slots.most_bytes)
        if room.text < 0:
            raise too_large(f"{part.name} is a file, and this takes none")


async def _upload(part: BodyPartReader, row: FieldRow, slots: UploadSlots, room: _Room) -> Upload | None:
    """Store a file, replacing an earlier one of the same field; None if it is empty."""
    slots.replace(row.name, None)
    try:
        upload = await slots.uploads.keep(_file_chunks(part, room), slots.most_bytes, row.formats)
    except TooLarge:
        raise file_too_large(row.name, slots.most_bytes) from None
    except NotAPicture as error:
        raise not_supported(row, str(error)) from None
    slots.replace(row.name, upload)
    return upload


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_CHUNK):
        yield chunk


async def _file_chunks(part: BodyPartReader, room: _Room) -> AsyncIterator[bytes]:
    """Yield the content of a file; raises `TooLarge` beyond what all files together may have."""
    async for chunk in _chunks(part):
        room.expected -= len(chunk)
        if room.expected < 0:
            raise TooLarge
        yield chunk
