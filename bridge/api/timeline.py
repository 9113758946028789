"""What happened to a job: its events, interactions, messages, callbacks, and the jobs made from it."""

from dataclasses import dataclass

from aiohttp import web

from bridge.api.callbacks import callback_body
from bridge.api.contract.looking import (
    TimelineBody,
    TimelineChild,
    TimelineEvent,
    TimelineInteraction,
    TimelineMessage,
)
from bridge.api.contract.views import moment
from bridge.api.http.answers import as_json
from bridge.api.http.guard import TENANT
from bridge.api.jobs import asked_job, missing_job
from bridge.jobs.job import Job
from bridge.store.database import Database, Tx
from bridge.store.rows import callbacks, jobs, timeline
from bridge.store.rows.callbacks import CallbackFilters
from bridge.store.rows.events import Event
from bridge.store.rows.history import NEWEST
from bridge.store.rows.timeline import SentInteraction, TimedMessage

_KINDS = {"run": "command"}


@dataclass(frozen=True, slots=True)
class TimelineResource:
    """The handler of `/v1/pixverse/jobs/timeline`."""

    database: Database

    async def get(self, request: web.Request) -> web.Response:
        """Answer with what happened to a job."""
        tenant, job_id = request[TENANT], asked_job(request)
        body = await self.database.query(lambda tx: _timeline(tx, tenant, job_id))
        if body is None:
            raise await missing_job(self.database, tenant, job_id)
        shown = body.model_dump()
        return as_json({**shown, "events": [event.model_dump(exclude_none=True) for event in body.events]})


def _timeline(tx: Tx, tenant: str, job_id: str) -> TimelineBody | None:
    job = jobs.of_tenant(tx, tenant, job_id)
    if job is None:
        return None
    filters = CallbackFilters(job=job_id)
    owed = callbacks.page(tx, tenant, filters, NEWEST, timeline.AT_MOST)
    return TimelineBody(
        jobid=job.id,
        parentJobId=job.parent,
        events=[_event(event) for event in timeline.events_of(tx, job_id)],
        interactions=[_interaction(sent) for sent in timeline.interactions_of(tx, job_id)],
        messages=[_message(message) for message in timeline.messages_of(tx, job_id)],
        callbacks=[callback_body(callback) for callback in reversed(owed)],
        children=[_child(child) for child in timeline.children_of(tx, tenant, job_id)],
    )


def _event(event: Event) -> TimelineEvent:
    job = event.job
    return TimelineEvent(
        id=event.position,
        at=moment(event.at_ms),
        status=job.status,
        messageId=job.said.message_id if job.said else None,
        content=job.said.content if job.said else None,
        error=job.failure.error if job.failure else None,
        errorDetails=job.failure.details if job.failure else None,
        late=job.is_late or None,
    )


def _interaction(sent: SentInteraction) -> TimelineInteraction:
    return TimelineInteraction(
        kind=_KINDS.get(sent.kind, sent.kind),
        sent=moment(sent.sent_ms),
        answered=moment(sent.answered_ms) if sent.answered_ms is not None else None,
        interactionId=sent.interaction_id,
        outcome=sent.answer or "pending",
        ran=not sent.is_void,
    )


def _message(message: TimedMessage) -> TimelineMessage:
    return TimelineMessage(
        messageId=message.id, at=moment(message.at_ms), rule=message.rule, files=message.has_files
    )


def _child(child: Job) -> TimelineChild:
    return TimelineChild(
        jobid=child.id,
        button=child.command.button,
        prompt=child.command.prompt,
        status=child.status,
        created=moment(child.created_ms),
    )
