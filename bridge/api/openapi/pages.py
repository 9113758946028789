"""What a person or a program reads about the API: its description, and a page that shows it.

Both are open to everyone who can reach the bridge: they hold nothing but what the program's source says.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from bridge.api.http.options import PICTURE_BYTES
from bridge.api.openapi.document import document
from bridge.api.openapi.route import Route
from bridge.api.page import file_answer
from bridge.page.files import PageFile, packed

PATH: Final = "/openapi.json"
_STATIC: Final = Path(__file__).parent / "static"
_FILES: Final[Mapping[str, tuple[str, str]]] = {
    "/docs": ("docs.html", "text/html"),
    "/docs/docs.js": ("docs.js", "text/javascript"),
    "/docs/docs.css": ("docs.css", "text/css"),
    "/docs/swagger-ui.css": ("swagger-ui/swagger-ui.css", "text/css"),
    "/docs/swagger-ui-bundle.js": ("swagger-ui/swagger-ui-bundle.js", "text/javascript"),
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class StaticPage:
    """A file of the package that is served as it is."""

    file: str
    kind: str

    async def get(self, _request: web.Request) -> web.Response:
        """Answer with the file."""
        return web.Response(
            body=_content(self.file), content_type=self.kind, charset="utf-8", headers=_HEADERS
        )


class DescriptionPage:
    """The description, made when it is first asked for: that is the longest computation of a start."""

    def __init__(self, routes: Sequence[Route], picture_bytes: int) -> None:
        self._routes = routes
        self._picture_bytes = picture_bytes
        self._made: PageFile | None = None
        self._one_at_a_time = asyncio.Lock()

    async def get(self, request: web.Request) -> web.Response:
        """Answer with the description; a thread makes it, so that events of the gateway do not wait."""
        async with self._one_at_a_time:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
        return file_answer(
            request, self._made, {"Cache-Control": "no-cache", hdrs.VARY: hdrs.ACCEPT_ENCODING}
        )

    def _make(self) -> PageFile:
        return packed("application/json", description(self._routes, self._picture_bytes))


def description(routes: Sequence[Route], picture_bytes: int = PICTURE_BYTES) -> bytes:
    """Return the description of the routes as JSON; a picture may have `picture_bytes`."""
    found = document(routes, metadata.version("pixverse-bridge"), picture_bytes)
    return json.dumps(found, ensure_ascii=False, indent=2).encode() + b"\n"


def add_pages(app: web.Application, routes: Sequence[Route], picture_bytes: int) -> None:
    """Let an application show the description of its routes."""
    app.router.add_get(PATH, DescriptionPage(routes, picture_bytes).get)
    app.router.add_get("/docs/", _without_slash)
    for path, (file, kind) in _FILES.items():
        app.router.add_get(path, StaticPage(file, kind).get)


async def _without_slash(_request: web.Request) -> web.Response:
    return web.Response(status=308, headers={"Location": "../docs"})


@cache
def _content(file: str) -> bytes:
    return (_STATIC / file).read_bytes()
