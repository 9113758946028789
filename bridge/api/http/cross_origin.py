"""Cross-origin requests of browsers (the Fetch standard, section "CORS protocol").

Without configured origins no answer has these headers, and no page of another origin can read one.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import hdrs, web

_METHODS: Final = "GET, HEAD, POST, DELETE"
_REQUEST_HEADERS: Final = (
    "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Prefer, X-Request-ID, traceparent"
)
_ANSWER_HEADERS: Final = (
    "Allow, Idempotent-Replayed, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, "
    "WWW-Authenticate, X-Request-ID"
)
_MAX_AGE_S: Final = 7_200
"""How long a browser remembers the answer; Chrome remembers none for longer."""


def preflight(request: web.Request, origins: Sequence[str]) -> web.Response | None:
    """Return the answer to a preflight request of an allowed origin; None for every other request."""
    asks = request.method == hdrs.METH_OPTIONS and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    if not asks or not _allowed(request, origins):
        return None
    headers = {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: _METHODS,
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _REQUEST_HEADERS,
        hdrs.ACCESS_CONTROL_MAX_AGE: str(_MAX_AGE_S),
    }
    return web.Response(status=204, headers=headers)


def cross_origin_headers(request: web.Request, origins: Sequence[str]) -> Mapping[str, str]:
    """Return the CORS headers of an answer; `Vary` keeps caches from giving it to another origin."""
    if not origins:
        return {}
    found: dict[str, str] = {hdrs.VARY: hdrs.ORIGIN}
    if allowed := _allowed(request, origins):
        found[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = allowed
        found[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _ANSWER_HEADERS
    return found


def _allowed(request: web.Request, origins: Sequence[str]) -> str | None:
    """Return the allowed origin of a request."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return None
    if "*" in origins:
        return "*"
    return origin if origin.lower() in origins else None
