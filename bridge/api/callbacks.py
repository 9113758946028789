"""The callbacks of a tenant: the list with attempts, newest first, and sending them again."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bridge.api.contract.requests import RedeliverForm, read_form
from bridge.api.contract.responses import (
    AttemptBody,
    CallbackBody,
    CallbacksBody,
    RedeliveredBody,
    SecretBody,
)
from bridge.api.contract.views import moment
from bridge.api.history import before, limit, one_of
from bridge.api.http.answers import NO_STORE, as_json
from bridge.api.http.guard import TENANT
from bridge.api.http.request_body import read_fields
from bridge.api.jobs import missing_job
from bridge.callbacks.outbox import Outbox
from bridge.flows.configure import webhook_secret
from bridge.ports import Clock
from bridge.store.database import Database
from bridge.store.rows import callbacks
from bridge.store.rows.callbacks import STATES, Attempt, Callback, CallbackFilters
from bridge.store.rows.webhook_secrets import WebhookSecrets


@dataclass(frozen=True, slots=True)
class CallbackResource:
    """Handlers of `/v1/pixverse/callbacks`."""

    database: Database
    outbox: Outbox
    clock: Clock
    secrets: WebhookSecrets

    async def list(self, request: web.Request) -> web.Response:
        """Answer with a page of callbacks, and the cursor of the next page if there is one."""
        tenant, query = request[TENANT], request.query
        filters, most, behind = _filters(query), limit(query), before(query)
        found = await self.database.query(lambda tx: callbacks.page(tx, tenant, filters, behind, most + 1))
        shown = found[:most]
        more = format(shown[-1].delivery.position, "x") if len(found) > most else None
        return as_json(CallbacksBody(callbacks=[callback_body(one) for one in shown], next=more).model_dump())

    async def secret(self, request: web.Request) -> web.Response:
        """Answer with the secret that signs the tenant's callbacks."""
        tenant, now_ms = request[TENANT], self.clock.now_ms()
        text = await webhook_secret(self.database, self.secrets, tenant, now_ms)
        return as_json(SecretBody(secret=text).model_dump(), headers=NO_STORE)

    async def redeliver(self, request: web.Request) -> web.Response:
        """Send the callbacks of a job again, and answer with how many there are."""
        tenant = request[TENANT]
        job_id = read_form(RedeliverForm, await read_fields(request)).jobid
        count = await self.outbox.send_again(tenant, job_id)
        if count is None:
            raise await missing_job(self.database, tenant, job_id)
        return as_json(RedeliveredBody(jobid=job_id, redelivered=count).model_dump())


def callback_body(callback: Callback) -> CallbackBody:
    """Return a callback as the API shows it."""
    delivery = callback.delivery
    return CallbackBody(
        id=delivery.id,
        jobid=delivery.job,
        url=delivery.url,
        state=delivery.state,
        status=callback.status,
        attempts=[_attempt(attempt) for attempt in callback.attempts],
        next_at=moment(delivery.due_ms) if delivery.state == "pending" else None,
    )


def _filters(query: Mapping[str, str]) -> CallbackFilters:
    return CallbackFilters(job=query.get("jobid", ""), state=one_of(query, "state", STATES))


def _attempt(attempt: Attempt) -> AttemptBody:
    return AttemptBody(
        at=moment(attempt.at_ms),
        status=attempt.status,
        duration_ms=attempt.duration_ms,
        error=attempt.error,
    )
