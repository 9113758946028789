"""Quotas in HTTP: the header fields of draft-ietf-httpapi-ratelimit-headers-10, and the refusal.

Each policy is named by what it counts: `requests`, `jobs`, `streams` or `tests`.
"""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from bridge.access.quotas import Usage
from bridge.api.http.answers import Refusal

USAGE: Final = web.RequestKey("usage", Usage)
STREAM_RETRY_S: Final = 10
"""When a stream will end is not known."""
_SPANS: Final[Mapping[str, str]] = {
    "requests": " per minute",
    "jobs": " per day (UTC)",
    "streams": " at a time",
    "tests": " of callbacks per minute",
}


def over_quota(usage: Usage) -> Refusal:
    """Return the refusal of a request for which nothing is left of a quota."""
    retry_s = STREAM_RETRY_S if usage.reset_s is None else usage.reset_s
    details = f"This token may have {usage.most} {usage.name}{_SPANS[usage.name]}"
    return Refusal(429, "Quota exceeded", details, headers={"Retry-After": str(retry_s), **rate_limit(usage)})


def rate_limit(usage: Usage) -> Mapping[str, str]:
    """Return the fields `RateLimit-Policy` and `RateLimit` for a quota."""
    window = "" if usage.window_s is None else f";w={usage.window_s}"
    reset = "" if usage.reset_s is None else f";t={usage.reset_s}"
    return {
        "RateLimit-Policy": f'"{usage.name}";q={usage.most}{window}',
        "RateLimit": f'"{usage.name}";r={usage.left}{reset}',
    }


async def show_usage(request: web.Request, response: web.StreamResponse) -> None:
    """Add what is left of the requests to a response that says nothing of a quota yet."""
    usage = request.get(USAGE)
    if usage is not None and "RateLimit" not in response.headers:
        response.headers.update(rate_limit(usage))
