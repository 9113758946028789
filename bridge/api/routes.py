"""Every route of the API, a row each."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bridge.api import own_token
from bridge.api.accounts import AccountResource
from bridge.api.callback_test import CallbackTestResource
from bridge.api.callbacks import CallbackResource
from bridge.api.doctor import DoctorResource
from bridge.api.events import EventResource
from bridge.api.health import HealthResource
from bridge.api.history import HistoryResource
from bridge.api.http.guard import scoped
from bridge.api.http.protocol import expect
from bridge.api.jobs import JobResource
from bridge.api.openapi import operations as op
from bridge.api.openapi.route import Route
from bridge.api.statistics import StatisticsResource
from bridge.api.submitting import SubmitResource
from bridge.api.tenants import TenantResource
from bridge.api.timeline import TimelineResource
from bridge.api.verbs import VerbResource
from bridge.verbs.built_in import BUILT_IN
from bridge.verbs.row import VerbRow


@dataclass(frozen=True, slots=True)
class Resources:
    """The handlers."""

    accounts: AccountResource
    doctor: DoctorResource
    submits: SubmitResource
    jobs: JobResource
    history: HistoryResource
    timeline: TimelineResource
    statistics: StatisticsResource
    tenants: TenantResource
    callbacks: CallbackResource
    callback_test: CallbackTestResource
    events: EventResource
    health: HealthResource


def table(resources: Resources, verbs: Sequence[VerbRow] = BUILT_IN) -> Sequence[Route]:
    """Return the routes; `verbs` are those that the bridge has."""
    accounts, submits, jobs, events = resources.accounts, resources.submits, resources.jobs, resources.events
    statistics, callbacks = resources.statistics, resources.callbacks
    return (
        Route("GET", "/v1/pixverse/account", accounts.list, op.LIST_ACCOUNTS),
        Route("GET", "/v1/pixverse/account/{channel}", accounts.get, op.GET_ACCOUNT),
        Route("POST", "/v1/pixverse/account/{channel}", accounts.post, op.SET_ACCOUNT),
        Route("DELETE", "/v1/pixverse/account/{channel}", accounts.delete, op.DELETE_ACCOUNT),
        Route("POST", "/v1/pixverse/account/{channel}/doctor", resources.doctor.post, op.EXAMINE_ACCOUNT),
        Route(
            "GET", "/v1/pixverse/account/{channel}/statistics", statistics.of_account, op.ACCOUNT_STATISTICS
        ),
        Route("GET", "/v1/pixverse/verbs", VerbResource(verbs).get, op.LIST_VERBS),
        *(_running(verb, submits) for verb in verbs if verb.command is not None),
        Route("POST", "/v1/pixverse/button", submits.button, op.BUTTON),
        Route("GET", "/v1/pixverse/jobs", jobs.list, op.LIST_JOBS),
        Route("GET", "/v1/pixverse/jobs/", jobs.get, op.GET_JOB),
        Route("GET", "/v1/pixverse/jobs/cancel", jobs.cancel, op.CANCEL),
        Route("GET", "/v1/pixverse/jobs/cancel/", jobs.cancel, op.CANCEL_WITH_SLASH),
        Route("GET", "/v1/pixverse/jobs/history", resources.history.get, op.history(verbs)),
        Route("GET", "/v1/pixverse/jobs/timeline", resources.timeline.get, op.TIMELINE),
        Route("GET", "/v1/pixverse/jobs/counts", statistics.counts, op.COUNTS),
        Route("GET", "/v1/pixverse/callbacks", callbacks.list, op.LIST_CALLBACKS),
        Route("GET", "/v1/pixverse/callbacks/secret", callbacks.secret, op.GET_SECRET),
        Route("POST", "/v1/pixverse/callbacks/redeliver", callbacks.redeliver, op.REDELIVER),
        Route("GET", "/v1/pixverse/token", own_token.show, op.GET_TOKEN),
        Route("POST", "/v1/pixverse/callbacks/test", resources.callback_test.post, op.TEST_CALLBACK),
        Route("GET", "/v2/account", resources.tenants.get, op.GET_SETTINGS),
        Route("POST", "/v2/account", resources.tenants.post, op.CHANGE_SETTINGS),
        Route("GET", "/v1/pixverse/events", events.get, op.EVENTS),
        Route("GET", "/v1/pixverse/health", resources.health.get, op.HEALTH),
    )


def _running(verb: VerbRow, submits: SubmitResource) -> Route:
    return Route("POST", f"/v1/pixverse/{verb.path}", submits.running(verb), op.running(verb))


def register(app: web.Application, routes: Sequence[Route]) -> None:
    """Add the routes to an application; HEAD answers as GET without a body."""
    for route in routes:
        scope = route.about.scope
        handler = route.handler if scope is None else scoped(scope, route.handler)
        if route.method == "GET":
            app.router.add_get(route.path, handler, expect_handler=expect)
        else:
            app.router.add_route(route.method, route.path, handler, expect_handler=expect)
