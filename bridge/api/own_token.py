"""What the caller's own API token may do: a program can leave out what would only be refused."""

from aiohttp import web

from bridge.access.scopes import in_order
from bridge.api.contract.responses import TokenBody
from bridge.api.contract.views import moment
from bridge.api.http.answers import as_json
from bridge.api.http.guard import TOKEN


async def show(request: web.Request) -> web.Response:
    """Answer with the token's tenant, scopes and expiry, whatever its scopes are; never with its text."""
    token = request[TOKEN]
    body = TokenBody(
        tenant=token.tenant,
        scopes=[str(scope) for scope in in_order(token.scopes)],
        expires=None if token.expires_ms is None else moment(token.expires_ms),
    )
    return as_json(body.model_dump())
