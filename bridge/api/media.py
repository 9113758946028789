"""Serves the videos of the mirror at `/media/NAME`: whoever has the address may read, without a token.

Ranges and conditions are those of RFC 9110: one range of bytes, a strong ETag, If-Range, If-None-Match.
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

import structlog
from aiohttp import Payload, hdrs, web
from aiohttp.abc import AbstractStreamWriter

from bridge.api.http.answers import Refusal
from bridge.jobs.mirrored import TYPES
from bridge.media.serving import MediaFiles
from bridge.store.files.media import MediaMissing, MediaUnavailable
from bridge.store.rows.media import Medium

log = structlog.get_logger(__name__)

_HEADERS: Final[Mapping[str, str]] = {
    hdrs.ACCEPT_RANGES: "bytes",
    hdrs.CACHE_CONTROL: "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; media-src 'self'; frame-ancestors 'none'",
}
_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
RETRY_S: Final = 30


def add_media(app: web.Application, files: MediaFiles) -> None:
    """Let an application serve a mirror."""

    async def get(request: web.Request) -> web.Response:
        video = await files.find(request.match_info["name"])
        if video is None:
            raise no_such_video(request)
        return await _answer(request, files, video)

    app.router.add_get("/media/{name}", get)


def no_such_video(request: web.Request) -> Refusal:
    """Return the refusal of a name that no video has, or has no longer."""
    return Refusal(404, f"No such resource: {request.path}")


def mirror_is_down() -> Refusal:
    """Return the refusal of a video that the mirror has, but cannot be read."""
    return Refusal(503, "The media mirror is not available", headers={hdrs.RETRY_AFTER: str(RETRY_S)})


async def _answer(request: web.Request, files: MediaFiles, video: Medium) -> web.Response:
    headers = {**_HEADERS, hdrs.ETAG: f'"{video.sha256}"', hdrs.CONTENT_TYPE: _type(video)}
    if any(known.value in ("*", video.sha256) for known in request.if_none_match or ()):
        del headers[hdrs.CONTENT_TYPE]
        return web.Response(status=304, headers=headers)
    start, end = _wanted(request, video)
    if start >= end:
        return _unsatisfiable(video)
    status = 200
    if _asks_for_a_part(request, video):
        status, headers[hdrs.CONTENT_RANGE] = 206, f"bytes {start}-{end - 1}/{video.size}"
    if request.method == hdrs.METH_HEAD:
        return web.Response(status=status, headers={**headers, hdrs.CONTENT_LENGTH: str(end - start)})
    pieces = await _opened(request, files, video, start, end)
    return web.Response(status=status, headers=headers, body=_Stream(pieces, end - start, video))


async def _opened(
    request: web.Request, files: MediaFiles, video: Medium, start: int, end: int
) -> AsyncIterator[bytes]:
    try:
        pieces = await files.opened(video, start, end)
    except MediaUnavailable as error:
        raise mirror_is_down() from error
    if pieces is None:
        raise no_such_video(request)
    return pieces


def _unsatisfiable(video: Medium) -> web.Response:
    answer = Refusal(416, f"The video has {video.size} bytes").answer()
    answer.headers[hdrs.CONTENT_RANGE] = f"bytes */{video.size}"
    return answer


def _wanted(request: web.Request, video: Medium) -> tuple[int, int]:
    """Return the first byte that is asked for, and the one after the last: empty if there is none."""
    part = _asks_for_a_part(request, video)
    if part is None:
        return 0, video.size
    first, last = part[1], part[2]
    if not first:
        return max(0, video.size - int(last)), video.size
    return int(first), min(video.size, int(last) + 1 if last else video.size)


def _asks_for_a_part(request: web.Request, video: Medium) -> re.Match[str] | None:
    """Return the range of a GET: not several, not one of another version, not one that is not valid."""
    known = request.headers.get(hdrs.IF_RANGE)
    part = _RANGE.fullmatch(request.headers.get(hdrs.RANGE, "").strip())
    if request.method != hdrs.METH_GET or part is None or known not in (None, f'"{video.sha256}"'):
        return None
    first, last = part[1], part[2]
    is_valid = bool(first or last) and not (first and last and int(last) < int(first))
    return part if is_valid else None


def _type(video: Medium) -> str:
    return TYPES[video.name.rpartition(".")[2]]


class _Stream(Payload):
    """The bytes of a video, written as the client reads them; they are in memory one piece at a time."""

    _value: AsyncIterator[bytes]

    def __init__(self, pieces: AsyncIterator[bytes], size: int, video: Medium) -> None:
        super().__init__(pieces, content_type=_type(video))
        self._size = size
        self._video = video

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Refuse: a video is no text."""
        raise TypeError(f"a video is no text, in {encoding} or {errors}")

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write a piece when the one before has been sent, or nearly; cut an answer that cannot be ended."""
        try:
            async for piece in self._value:
                await writer.write(piece)
        except (MediaUnavailable, MediaMissing) as error:
            log.info("video_was_cut", job_id=self._video.job, reason=str(error))
            raise ConnectionResetError from error
