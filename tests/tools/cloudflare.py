"""Cloudflare, which answers before Discord's API has seen a request."""

from typing import Any

from aiohttp import web

from tests.sessions.fake_discord import Handler, answers


def page(
    status: int, headers: dict[str, str] | None = None, *, told: dict[str, Any] | None = None
) -> Handler:
    """Answer as Cloudflare does: a page, or where it is so configured its own JSON."""
    if told is not None:
        return answers(status, told, headers)

    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(
            text="<html><h1>Error 1020</h1></html>", status=status, content_type="text/html", headers=headers
        )

    return handle
