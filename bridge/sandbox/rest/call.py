"""One REST request as its handler sees it: who calls, what it says, which files came with it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from aiohttp import BodyPartReader, web

from bridge.sandbox.errors import (
    FILE_TOO_LARGE,
    INVALID_JSON,
    MISSING_ACCESS,
    UNAUTHORIZED,
    UNKNOWN_CHANNEL,
    ApiError,
)
from bridge.sandbox.files import Upload
from bridge.sandbox.journal import Entry
from bridge.sandbox.presence import Presence
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.uploads import HELD_FILE_BYTES
from bridge.sandbox.wire import Json
from bridge.sandbox.world.users import User
from bridge.sandbox.world.world import Channel

__all__ = ["Call", "Reply", "caller", "read_body"]

MOST_BODY_BYTES = HELD_FILE_BYTES
READ_WITHIN_S = 60.0


@dataclass(frozen=True)
class Reply:
    """An answer, in JSON unless its body is bytes; a body of None means none at all, as with 204."""

    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    is_of_api: bool = True


@dataclass
class Call:
    """A request; what is in `afterwards` happens once the answer is on its way."""

    sim: Simulation
    user: User | None
    params: dict[str, str]
    query: dict[str, str]
    body: Any = None
    files: dict[str, Upload] = field(default_factory=dict)
    entry: Entry | None = None
    presence: Presence | None = None
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    @property
    def author(self) -> User:
        """Return who calls, on a route that asks for a token."""
        if self.user is None:
            raise ApiError(UNAUTHORIZED)
        return self.user

    @property
    def fields(self) -> Json:
        """Return the body, which must be an object."""
        if not isinstance(self.body, dict):
            raise ApiError(INVALID_JSON)
        return self.body

    def number(self, name: str) -> int:
        """Return an id from the path."""
        return int(self.params[name])

    def channel(self) -> Channel:
        """Return the channel that the path names, if the caller sees it."""
        found = self.sim.world.channels.get(self.number("channel_id"))
        if found is None:
            raise ApiError(UNKNOWN_CHANNEL)
        if not self.sim.world.sees(self.author.id, found):
            raise ApiError(MISSING_ACCESS)
        return found


def caller(sim: Simulation, request: web.Request) -> User | None:
    """Return whose token the request carries: `Bot …` for bots, bare for users."""
    given = request.headers.get("Authorization", "")
    token = given.removeprefix("Bot ")
    user = None if token in sim.refused_tokens else sim.world.user_of(token)
    return user if user is not None and user.is_bot == given.startswith("Bot ") else None


async def read_body(request: web.Request) -> tuple[Any, dict[str, Upload]]:
    """Read JSON, a form with `payload_json` or multipart; return the JSON and the files by number."""
    async with asyncio.timeout(READ_WITHIN_S):
        if request.content_type.startswith("multipart/"):
            return await _read_multipart(request)
        raw = await _read_all(request)
    if request.content_type == "application/x-www-form-urlencoded":
        raw = parse_qs(raw.decode(errors="replace")).get("payload_json", [""])[0].encode()
    return (_parse(raw) if raw else None), {}


async def _read_all(request: web.Request) -> bytes:
    raw = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        raw += chunk
        if len(raw) > MOST_BODY_BYTES:
            raise ApiError(FILE_TOO_LARGE)
    return bytes(raw)


async def _read_multipart(request: web.Request) -> tuple[Any, dict[str, Upload]]:
    payload: Any = None
    files: dict[str, Upload] = {}
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            content = await _read_part(part)
            if part.name == "payload_json":
                payload = _parse(content)
            elif part.name is not None and part.name.startswith("files["):
                files[part.name[6:-1]] = Upload(part.filename or "unknown", content)
    except ValueError as error:
        raise ApiError(INVALID_JSON) from error
    return payload, files


async def _read_part(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(65_536):
        content += chunk
        if len(content) > HELD_FILE_BYTES:
            raise ApiError(FILE_TOO_LARGE)
    return bytes(content)


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ApiError(INVALID_JSON) from error
