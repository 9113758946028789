"""Reads a request's body as fields: JSON, form data or urlencoded; anything else is a refusal.

Values are unchanged. An empty string, `null` and `undefined` mean that a field is absent; if a field is given
twice, the last value counts.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

from aiohttp import hdrs, web
from aiohttp.http import HttpProcessingError
from pydantic_core import from_json

from bridge.api.http.answers import Refusal
from bridge.api.http.form_data import (
    MOST_FIELDS,
    MOST_TEXT,
    UploadSlots,
    form_fields,
    no_form_data,
    too_large,
)

Fields: TypeAlias = Mapping[str, object]

MOST_BYTES: Final = MOST_TEXT
LIMIT_S: Final = 30.0
JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
URLENCODED: Final = "application/x-www-form-urlencoded"
_ABSENT: Final = ("", "null", "undefined")
_MARK: Final = b"\xef\xbb\xbf"
_SEND_JSON: Final = f"send a JSON body with the header Content-Type: {JSON}"
_SEND_FORM: Final = f"send the fields and the picture as {FORM}, as curl does with -F image=@cat.png"


async def read_fields(request: web.Request) -> Fields:
    """Return the fields of a body of one of the three types; raises `Refusal` (400, 408, 413, 415)."""
    return present(await read_given(request))


async def read_given(request: web.Request) -> Fields:
    """Return the fields like `read_fields`, including those whose value means "absent"."""
    content_type = checked_type(request, (JSON, FORM, URLENCODED))
    async with _arriving(LIMIT_S):
        return await _read(request, content_type)


async def read_upload(request: web.Request, slots: UploadSlots, limit_s: float) -> Fields:
    """Return the fields of form data, and stream its files to disk; raises `Refusal`."""
    checked_type(request, (FORM,))
    async with _arriving(limit_s):
        return present(await form_fields(request, slots))


def present(fields: Fields) -> Fields:
    """Return the fields that are not absent."""
    return {name: value for name, value in fields.items() if value is not None and value not in _ABSENT}


def checked_type(request: web.Request, allowed: tuple[str, ...]) -> str:
    """Return the body's type; raises `Refusal` (415) for another type, charset or content coding."""
    if hdrs.CONTENT_TYPE not in request.headers:
        raise wrong_type(allowed, "The request has no Content-Type")
    if request.content_type not in allowed:
        raise wrong_type(allowed, f"The body came as {request.content_type[:100]}")
    charset = (request.charset or "utf-8").lower().replace("_", "-").strip('"')
    if charset not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise Refusal(415, f"charset {charset[:100]} is not supported, must be utf-8")
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise packed()
    return request.content_type


@asynccontextmanager
async def _arriving(limit_s: float) -> AsyncIterator[None]:
    """Limit the time for a body; one that is cut or wrongly encoded is a refusal."""
    try:
        async with asyncio.timeout(limit_s):
            yield
    except TimeoutError:
        raise too_slow(limit_s) from None
    except (HttpProcessingError, web.RequestPayloadError) as error:
        raise Refusal(400, "The body could not be read", type(error).__name__) from None


def packed() -> Refusal:
    """Return the refusal of a compressed body: a truncated one could not be detected."""
    return Refusal(415, "Content-Encoding is not supported", headers={"Accept-Encoding": "identity"})


def no_json(why: str) -> Refusal:
    """Return the refusal of invalid JSON."""
    return Refusal(400, "The body is not valid JSON", why[:300])


def wrong_type(allowed: tuple[str, ...], came: str) -> Refusal:
    """Return the refusal of another type of body; `came` says what there was instead."""
    to_do = _SEND_JSON if JSON in allowed else _SEND_FORM
    return Refusal(415, f"Content-Type must be {' or '.join(allowed)}", f"{came}: {to_do}")


def too_slow(limit_s: float) -> Refusal:
    """Return the refusal of a body that did not arrive in time."""
    return Refusal(408, f"The body did not arrive within {limit_s:g} seconds")


async def _read(request: web.Request, content_type: str) -> Fields:
    if content_type == JSON:
        return _json_fields(await _bytes(request))
    if content_type == URLENCODED:
        return _urlencoded_fields(await _bytes(request))
    return await form_fields(request, None)


async def _bytes(request: web.Request) -> bytes:
    """Return the body without a byte order mark (RFC 8259, section 8.1)."""
    if (request.content_length or 0) > MOST_BYTES:
        raise too_large()
    parts, size = [], 0
    async for chunk in request.content.iter_chunked(65_536):
        size += len(chunk)
        if size > MOST_BYTES:
            raise too_large()
        parts.append(chunk)
    return b"".join(parts).removeprefix(_MARK)


def _json_fields(body: bytes) -> Fields:
    try:
        value = from_json(body, allow_inf_nan=False) if body.strip() else {}
    except (ValueError, RecursionError) as error:
        raise no_json(str(error)) from None
    if not isinstance(value, dict):
        raise Refusal(400, "The body must be a JSON object")
    return value


def _urlencoded_fields(body: bytes) -> Fields:
    if _is_json_object(body):  # curl sends -d as this type unless it is told another one
        raise no_form_data(f"It is JSON, and came as {URLENCODED}: {_SEND_JSON}")
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise no_form_data(str(error)) from None
    return dict(pairs)


def _is_json_object(body: bytes) -> bool:
    if not body.lstrip().startswith(b"{"):
        return False
    try:
        return isinstance(from_json(body), dict)
    except (ValueError, RecursionError):
        return False
