"""Every route of the API, a row each."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bridge.api.accounts import AccountResource
from bridge.api.callbacks import CallbackResource
from bridge.api.events import EventResource
from bridge.api.guard import Handler
from bridge.api.health import HealthResource
from bridge.api.history import HistoryResource
from bridge.api.jobs import JobResource
from bridge.api.submitting import SubmitResource
from bridge.api.tenants import TenantResource


@dataclass(frozen=True, slots=True)
class Route:
    """A method, a path and who handles them."""

    method: str
    path: str
    handler: Handler


@dataclass(frozen=True, slots=True)
class Resources:
    """Who handles what."""

    accounts: AccountResource
    submits: SubmitResource
    jobs: JobResource
    history: HistoryResource
    tenants: TenantResource
    callbacks: CallbackResource
    events: EventResource
    health: HealthResource


def table(resources: Resources) -> Sequence[Route]:
    """Return the routes."""
    accounts, submits, jobs, events = resources.accounts, resources.submits, resources.jobs, resources.events
    return (
        Route("GET", "/v1/pixverse/account", accounts.list),
        Route("GET", "/v1/pixverse/account/{channel}", accounts.get),
        Route("POST", "/v1/pixverse/account/{channel}", accounts.post),
        Route("DELETE", "/v1/pixverse/account/{channel}", accounts.delete),
        Route("POST", "/v1/pixverse/create", submits.create),
        Route("POST", "/v1/pixverse/create_single", submits.create_single),
        Route("POST", "/v1/pixverse/animate", submits.animate),
        Route("POST", "/v1/pixverse/meme_face", submits.meme_face),
        Route("POST", "/v1/pixverse/button", submits.button),
        Route("GET", "/v1/pixverse/jobs", jobs.list),
        Route("GET", "/v1/pixverse/jobs/", jobs.get),
        Route("GET", "/v1/pixverse/jobs/cancel", jobs.cancel),
        Route("GET", "/v1/pixverse/jobs/cancel/", jobs.cancel),
        Route("GET", "/v1/pixverse/jobs/history", resources.history.get),
        Route("GET", "/v1/pixverse/callbacks", resources.callbacks.list),
        Route("POST", "/v1/pixverse/callbacks/redeliver", resources.callbacks.redeliver),
        Route("GET", "/v2/account", resources.tenants.get),
        Route("POST", "/v2/account", resources.tenants.post),
        Route("GET", "/v1/pixverse/events", events.get),
        Route("GET", "/v1/pixverse/health", resources.health.get),
    )


def register(app: web.Application, routes: Sequence[Route]) -> None:
    """Add the routes to an application; HEAD answers as GET without a body."""
    for route in routes:
        if route.method == "GET":
            app.router.add_get(route.path, route.handler, allow_head=True)
        else:
            app.router.add_route(route.method, route.path, route.handler)
