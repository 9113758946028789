"""Serves the page: at `/` for browsers, its files below `/page/`.

Everyone who can reach the bridge gets them: they hold nothing but what the program's source says.
"""

from collections.abc import Mapping
from typing import Final

from aiohttp import hdrs, web

from bridge.api.http.answers import Refusal
from bridge.api.http.options import ServerOptions
from bridge.api.http.proxies import IS_BASE
from bridge.page.files import INDEX, PageFile, page_files
from bridge.page.policy import policy

_ISOLATED: Final[Mapping[str, str]] = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_READS: Final = (hdrs.METH_GET, hdrs.METH_HEAD)


def add_page(app: web.Application, options: ServerOptions) -> None:
    """Let an application serve the page."""
    files = page_files()
    index = {"Content-Security-Policy": policy(options.media)}

    async def root(request: web.Request) -> web.Response:
        if request.method not in _READS or not _is_browser(request):
            raise no_such(request)
        if IS_BASE in request:  # the page's own addresses are relative
            return web.Response(status=308, headers={"Location": f"{options.base_path}/"})
        return file_answer(
            request, files[INDEX], {**_ISOLATED, **index, hdrs.VARY: "Accept, Accept-Encoding"}
        )

    async def file(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name == INDEX or name not in files:
            raise no_such(request)
        return file_answer(request, files[name], {**_ISOLATED, hdrs.VARY: "Accept-Encoding"})

    app.router.add_route("*", "/", root)
    app.router.add_get("/page/{name:.+}", file)


def no_such(request: web.Request) -> Refusal:
    """Return the answer to a request for something that is not there."""
    return Refusal(404, f"No such resource: {request.path}", headers={hdrs.VARY: hdrs.ACCEPT})


def _is_browser(request: web.Request) -> bool:
    """Return whether the client names HTML, as every browser does; programs that take anything do not."""
    return any("text/html" in given.lower() for given in request.headers.getall(hdrs.ACCEPT, ()))


def file_answer(request: web.Request, file: PageFile, headers: Mapping[str, str]) -> web.Response:
    """Return a file, or 304 if the client has it; each coding has a strong ETag of its own."""
    packed = file.packed if _takes_gzip(request) else None
    tag = f"{file.digest}-gzip" if packed else file.digest
    named = {**headers, hdrs.ETAG: f'"{tag}"'}
    if any(known.value in ("*", tag) for known in request.if_none_match or ()):
        return web.Response(status=304, headers=named)
    coded = {**named, hdrs.CONTENT_ENCODING: "gzip"} if packed else named
    return web.Response(body=packed or file.body, content_type=file.kind, charset="utf-8", headers=coded)


def _takes_gzip(request: web.Request) -> bool:
    """Return whether a client accepts gzip: named, or under `*`, with a weight that is not zero."""
    weights: dict[str, bool] = {}
    for coding in ",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, ())).split(","):
        name, _, weight = coding.replace(" ", "").lower().partition(";q=")
        weights[name] = weight.strip("0.") != "" if weight else True
    return weights.get("gzip", weights.get("*", False))
