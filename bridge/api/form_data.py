"""Form data, part by part: text is read, a picture that is asked for goes straight to the disk.

aiohttp does not limit form data by itself, so every part is counted here.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, web

from bridge.api.answers import Refusal
from bridge.jobs.command import Upload
from bridge.store.uploads import NotAPicture, TooLarge, Uploads

MOST_TEXT: Final = 1_048_576
MOST_FIELDS: Final = 100
_CHUNK: Final = 65_536


class FilePart:
    """Stands for a file where a field has one."""


@dataclass(slots=True)
class Intray:
    """Takes the picture of the field `name` to the disk; `kept` are those that are there.

    `is_needed` says that a job may need them: then only the end of its send lets go of them.
    """

    name: str
    uploads: Uploads
    most_bytes: int
    kept: list[Upload] = field(default_factory=list)
    is_needed: bool = False

    def clear(self) -> None:
        """Let go of what was taken."""
        for upload in self.kept:
            self.uploads.drop(upload.key)
        self.kept.clear()


async def form_fields(request: web.Request, intray: Intray | None) -> dict[str, object]:
    """Return the fields of form data; raises `Refusal` (400, 413)."""
    fields: dict[str, object] = {}
    left = MOST_TEXT
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            name, value, size = await _part(part, intray, left)
            left -= size
            fields[name] = value
            if len(fields) > MOST_FIELDS:
                raise Refusal(400, f"The body has more than {MOST_FIELDS} fields")
    except (ValueError, AssertionError, LookupError, RuntimeError) as error:
        raise no_form_data(str(error)) from None
    return fields


def no_form_data(why: str) -> Refusal:
    """Return the refusal of a body that is no form data."""
    return Refusal(400, "The body is not valid form data", why[:300])


def no_picture(name: str) -> Refusal:
    """Return the refusal of a file that is no whole JPEG or PNG."""
    return Refusal(400, f"{name} is not a supported image, must be one of jpg, png")


def picture_too_large(name: str, most_bytes: int) -> Refusal:
    """Return the refusal of a file over the limit."""
    return Refusal(400, f"{name} is too large, the limit is {most_bytes} bytes")


async def _part(
    part: MultipartReader | BodyPartReader, intray: Intray | None, left: int
) -> tuple[str, object, int]:
    if isinstance(part, MultipartReader) or part.name is None:
        raise no_form_data("a part has no name")
    if intray is not None and part.name == intray.name and part.filename is not None:
        return part.name, await _picture(part, intray), 0
    content = await _text(part, left)
    value = FilePart() if part.filename is not None else part.decode(content).decode("utf-8")
    return part.name, value, len(content)


async def _text(part: BodyPartReader, left: int) -> bytes:
    content = bytearray()
    async for chunk in _chunks(part):
        content += chunk
        if len(content) > left:
            raise Refusal(413, f"The body is too large, the limit is {MOST_TEXT} bytes")
    return bytes(content)


async def _picture(part: BodyPartReader, intray: Intray) -> Upload | None:
    """Keep a picture; of a field that is given twice the last one counts. None: the file is empty."""
    intray.clear()
    try:
        upload = await intray.uploads.keep(_chunks(part), intray.most_bytes)
    except TooLarge:
        raise picture_too_large(intray.name, intray.most_bytes) from None
    except NotAPicture:
        raise no_picture(intray.name) from None
    intray.kept += [upload] if upload else []
    return upload


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_CHUNK):
        yield chunk
