"""The middleware of all requests: checks the token, calls the handler, turns errors into JSON."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from bridge.access.api_token import ApiToken, TokenState
from bridge.access.scopes import Scope
from bridge.api.http.answers import Refusal
from bridge.api.http.rate_limits import USAGE, over_quota
from bridge.flows.access.admission import NoLongerAdmitted, admit
from bridge.flows.access.callers import Callers
from bridge.store.database import StoreUnavailable
from bridge.store.patience import begin_request
from bridge.store.rows.jobs import UnreadableJob
from bridge.store.vault import digest

log = structlog.get_logger(__name__)

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
TOKEN: Final = web.RequestKey("token", ApiToken)
TENANT: Final = web.RequestKey("tenant", str)
GUARDED: Final = ("/v1", "/v2", "/metrics")
_CHALLENGE: Final = 'Bearer realm="pixverse-bridge"'
_STATES: Final = {
    TokenState.EXPIRED: "The token has expired",
    TokenState.REVOKED: "The token was revoked",
}


def guard(callers: Callers, guarded: tuple[str, ...] = GUARDED) -> Middleware:
    """Return the middleware; paths that begin with one of `guarded` need a token."""

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            begin_request(callers.clock)
            if request.path.startswith(guarded):
                await _admit(request, callers)
            return await handler(request)
        except Refusal as refusal:
            return refusal.answer()
        except web.HTTPException as error:
            return _as_refusal(request, error).answer()
        except StoreUnavailable as error:
            log.warning("request_was_refused", path=request.path, client=request.remote, reason=str(error))
            return no_database().answer()
        except NoLongerAdmitted as error:
            return _ended(error.state).answer()
        except UnreadableJob as error:
            log.warning("job_cannot_be_read", path=request.path, job_id=error.job.id)
            return unreadable(error.job.id).answer()
        except Exception as error:
            if _is_end_of_connection(request, error):
                raise ConnectionResetError from error
            log.exception("request_failed", method=request.method, path=request.path, client=request.remote)
            return failed().answer()

    return checked


def scoped(scope: Scope, handler: Handler) -> Handler:
    """Return a handler that runs only for tokens with a scope, and for values that a database can compare."""

    async def run(request: web.Request) -> web.StreamResponse:
        if not request[TOKEN].may(scope):
            raise forbidden(scope)
        if any("\0" in value for value in (*request.match_info.values(), *request.query.values())):
            raise no_nul()
        return await handler(request)

    return run


def unauthorized(reason: str | None = None) -> Refusal:
    """Return the refusal of a request without a valid token; `reason` is for one that brought something."""
    more = "" if reason is None else f', error="invalid_token", error_description="{reason}"'
    return Refusal(401, "Unauthorized", headers={"WWW-Authenticate": _CHALLENGE + more})


def forbidden(scope: Scope) -> Refusal:
    """Return the refusal of a token that lacks a scope."""
    challenge = f'{_CHALLENGE}, error="insufficient_scope", scope="{scope}"'
    return Refusal(403, "Forbidden", scope, headers={"WWW-Authenticate": challenge})


def no_nul() -> Refusal:
    """Return the refusal of a path or query with NUL, which PostgreSQL does not even compare."""
    return Refusal(400, "The path and the query must not hold NUL")


def no_database() -> Refusal:
    """Return the refusal of a request while the database cannot be read or written."""
    return Refusal(503, "The database is not available", headers={"Retry-After": "5"})


def unreadable(job_id: str) -> Refusal:
    """Return the answer to a request for a job whose row is damaged, or of a newer bridge."""
    details = "Its row in the database is damaged, or was written by a newer version of the bridge."
    return Refusal(500, f"Job {job_id} cannot be read", details)


def failed() -> Refusal:
    """Return the answer to a request that met an error of the bridge."""
    return Refusal(500, "Internal Server Error")


async def _admit(request: web.Request, callers: Callers) -> None:
    """Let a request with a valid token pass, within its quota; raises `Refusal`."""
    token = await _token(request, callers)
    request[TOKEN], request[TENANT] = token, token.tenant
    admit(token)
    if (taken := callers.admit(token)) is not None:
        request[USAGE], is_within = taken
        if not is_within:
            raise over_quota(request[USAGE])


async def _token(request: web.Request, callers: Callers) -> ApiToken:
    fields = request.headers.getall(hdrs.AUTHORIZATION, ())
    if len(fields) > 1:  # another program on the way may have checked another one
        raise unauthorized("There is more than one Authorization header")
    scheme, _, rest = "".join(fields).strip().partition(" ")
    given = rest.strip()
    if not scheme or (scheme.lower() == "bearer" and not given):
        raise unauthorized()
    if scheme.lower() != "bearer":
        raise unauthorized("The scheme is not Bearer")
    token = await callers.tokens.of_digest(digest(given.encode("utf-8", "surrogateescape").decode("latin-1")))
    state = token.state(callers.clock.now_ms()) if token else None
    if token is None or state is not TokenState.ACTIVE:
        raise _ended(state)
    return token


def _ended(state: TokenState | None) -> Refusal:
    """Return the refusal of a token that is not active; None is the state of one that is unknown."""
    return unauthorized(_STATES[state] if state else "The token is unknown")


def _is_end_of_connection(request: web.Request, error: Exception) -> bool:
    """Return whether an error tells how the connection of a client ended: it may be any of the network's."""
    return isinstance(error, ConnectionError) or (isinstance(error, OSError) and request.transport is None)


def _as_refusal(request: web.Request, error: web.HTTPException) -> Refusal:
    allow = error.headers.get("Allow")
    texts = {
        404: f"No such resource: {request.path}",
        405: f"Method {request.method} is not allowed here, use {allow}",
    }
    text = texts.get(error.status, error.reason)
    return Refusal(error.status, text, headers={"Allow": allow} if allow else None)
