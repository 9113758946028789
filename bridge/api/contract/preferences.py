"""The header `Prefer` (RFC 7240): a client that does not wait for the bot's first answer."""

from typing import Final

from aiohttp import web

HEADER: Final = "Prefer"
APPLIED: Final = "Preference-Applied"
RESPOND_ASYNC: Final = "respond-async"


def prefers_async(request: web.Request) -> bool:
    """Return whether a request prefers an answer before its work is done; other preferences are ignored."""
    given = ",".join(request.headers.getall(HEADER, ()))
    preferences = (each.partition(";")[0].partition("=")[0].strip() for each in given.split(","))
    return any(each.lower() == RESPOND_ASYNC for each in preferences)
