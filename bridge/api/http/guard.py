"""The middleware of all requests: checks the token, calls the handler, turns errors into JSON."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from bridge.api.http.answers import Refusal
from bridge.store.database import StoreUnavailable
from bridge.store.rows.jobs import UnreadableJob
from bridge.store.vault import digest

log = structlog.get_logger(__name__)

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
TENANT: Final = web.RequestKey("tenant", str)
_GUARDED: Final = ("/v1", "/v2")


def guard(tenants: Mapping[str, str]) -> Middleware:
    """Return the middleware; `tenants` maps the digest of an API token to its tenant."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path.startswith(_GUARDED):
                request[TENANT] = _tenant(request, tenants)
            return await handler(request)
        except Refusal as refusal:
            return refusal.answer()
        except web.HTTPException as error:
            return _as_refusal(request, error).answer()
        except StoreUnavailable as error:
            log.warning("request_was_refused", path=request.path, client=request.remote, reason=str(error))
            return no_database().answer()
        except UnreadableJob as error:
            log.warning("job_cannot_be_read", path=request.path, job_id=error.job.id)
            return unreadable(error.job.id).answer()
        except ConnectionError:
            raise
        except Exception:
            log.exception("request_failed", method=request.method, path=request.path, client=request.remote)
            return failed().answer()

    return guarded


def unauthorized() -> Refusal:
    """Return the refusal of a request without a known token."""
    return Refusal(401, "Unauthorized")


def no_database() -> Refusal:
    """Return the refusal of a request while the database cannot be read or written."""
    return Refusal(503, "The database is not available", headers={"Retry-After": "5"})


def unreadable(job_id: str) -> Refusal:
    """Return the answer for a job whose row is damaged or from a newer version."""
    details = "Its row in the database is damaged, or was written by a newer version of the bridge."
    return Refusal(500, f"Job {job_id} cannot be read", details)


def failed() -> Refusal:
    """Return the answer after an unexpected error."""
    return Refusal(500, "Internal Server Error")


def _tenant(request: web.Request, tenants: Mapping[str, str]) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = digest(token.strip().encode("utf-8", "surrogateescape").decode("latin-1"))
    for known, tenant in tenants.items():
        if scheme.lower() == "bearer" and hmac.compare_digest(known, given):
            return tenant
    raise unauthorized()


def _as_refusal(request: web.Request, error: web.HTTPException) -> Refusal:
    allow = error.headers.get("Allow")
    texts = {
        404: f"No such resource: {request.path}",
        405: f"Method {request.method} is not allowed here, use {allow}",
    }
    text = texts.get(error.status, error.reason)
    return Refusal(error.status, text, headers={"Allow": allow} if allow else None)
