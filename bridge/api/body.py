"""A request's body as fields: JSON, form data or urlencoded; whatever comes, it is fields or a refusal.

The fields' values are as they came; an empty string, `null` and `undefined` mean that a field is absent, and
of a field that is given twice the last one counts.
"""

import asyncio
from collections.abc import Mapping
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, hdrs, web
from pydantic_core import from_json

from bridge.api.answers import Refusal

Fields: TypeAlias = Mapping[str, object]

MOST_BYTES: Final = 1_048_576
MOST_FIELDS: Final = 100
LIMIT_S: Final = 30.0
_ABSENT: Final = ("", "null", "undefined")
_TYPES: Final = ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")


class FilePart:
    """Stands for a file where a field has one."""


async def read_fields(request: web.Request) -> Fields:
    """Return the fields of a body of one of the three types; raises `Refusal` (400, 408, 413, 415)."""
    content_type = _checked_type(request, _TYPES)
    try:
        async with asyncio.timeout(LIMIT_S):
            fields = await _read(request, content_type)
    except TimeoutError:
        raise Refusal(408, f"The body did not arrive within {LIMIT_S:g} seconds") from None
    return {name: value for name, value in fields.items() if value is not None and value not in _ABSENT}


async def _read(request: web.Request, content_type: str) -> Fields:
    if content_type == "application/json":
        return _json_fields(await _bytes(request))
    if content_type == "multipart/form-data":
        return await _form_fields(request)
    return _urlencoded_fields(await _bytes(request))


def _checked_type(request: web.Request, allowed: tuple[str, ...]) -> str:
    if hdrs.CONTENT_TYPE not in request.headers or request.content_type not in allowed:
        raise Refusal(415, f"Content-Type must be one of {', '.join(allowed)}")
    charset = (request.charset or "utf-8").lower().replace("_", "-").strip('"')
    if charset not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise Refusal(415, f"charset {charset} is not supported, must be utf-8")
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() not in ("identity", "gzip", "deflate"):
        raise Refusal(415, "Content-Encoding is not supported")
    return request.content_type


async def _bytes(request: web.Request) -> bytes:
    if (request.content_length or 0) > MOST_BYTES:
        raise _too_large()
    parts, size = [], 0
    async for chunk in request.content.iter_chunked(65_536):
        size += len(chunk)
        if size > MOST_BYTES:
            raise _too_large()
        parts.append(chunk)
    return b"".join(parts)


def _too_large() -> Refusal:
    return Refusal(413, f"The body is too large, the limit is {MOST_BYTES} bytes")


def _json_fields(body: bytes) -> Fields:
    try:
        value = from_json(body, allow_inf_nan=False) if body.strip() else {}
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "The body is not valid JSON", str(error)[:300]) from None
    if not isinstance(value, dict):
        raise Refusal(400, "The body must be a JSON object")
    return value


def _urlencoded_fields(body: bytes) -> Fields:
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise Refusal(400, "The body is not valid form data", str(error)[:300]) from None
    return dict(pairs)


async def _form_fields(request: web.Request) -> Fields:
    fields: dict[str, object] = {}
    size = 0
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            name, value, read = await _part(part, MOST_BYTES - size)
            size += read
            fields[name] = value
            if len(fields) > MOST_FIELDS:
                raise Refusal(400, f"The body has more than {MOST_FIELDS} fields")
    except (ValueError, AssertionError, LookupError, RuntimeError) as error:
        raise Refusal(400, "The body is not valid form data", str(error)[:300]) from None
    return fields


async def _part(part: MultipartReader | BodyPartReader, most: int) -> tuple[str, object, int]:
    if isinstance(part, MultipartReader) or part.name is None:
        raise Refusal(400, "The body is not valid form data", "a part has no name")
    content = bytearray()
    while chunk := await part.read_chunk(65_536):
        content += chunk
        if len(content) > most:
            raise _too_large()
    if part.filename is not None:
        return part.name, FilePart(), len(content)
    return part.name, part.decode(bytes(content)).decode("utf-8"), len(content)
