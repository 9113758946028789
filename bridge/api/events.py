"""The change log over HTTP: a stream of records, or a page of them."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bridge.api.answers import Refusal, as_json
from bridge.api.bodies import EventBody, EventsBody
from bridge.api.guard import TENANT
from bridge.api.stream import IsMeant, stream
from bridge.api.views import moment, record
from bridge.feed.live import Feed, Notice
from bridge.store.events import Event

MOST: Final = 100
PAGES: Final = 25
"""How many pages of the log one answer looks through; where a filter finds little, `next` moves on."""
_FILTERS: Final = ("jobid", "channel", "replyRef")


@dataclass(frozen=True, slots=True)
class EventResource:
    """Handlers of `/v1/pixverse/events`."""

    feed: Feed

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Answer with a stream, or with a page where JSON is asked for."""
        asked = _asked_position(request)
        oldest, newest = await self.feed.ends()
        if asked is not None and asked > newest:
            raise ahead_of_the_log(asked, newest)
        is_gone = asked is not None and 0 < asked < oldest - 1
        start = oldest - 1 if is_gone or asked == 0 else asked
        is_meant = _filter(request)
        if "application/json" in request.headers.get("Accept", ""):
            return await self._page(oldest - 1 if start is None else start, is_meant, is_reset=is_gone)
        return await stream(request, self.feed, start, is_meant, reset_to=start if is_gone else None)

    async def _page(self, start: int, is_meant: IsMeant, *, is_reset: bool) -> web.Response:
        """Answer with up to 100 entries behind a position, oldest first."""
        found, position = await self._found(start, is_meant)
        views = [_view(event) for event in await self.feed.renewed(found)]
        body = EventsBody(events=views, next=position, reset=is_reset or None)
        return as_json(body.model_dump(exclude_none=True))

    async def _found(self, start: int, is_meant: IsMeant) -> tuple[list[Event], int]:
        """Return what is meant behind a position, and up to where the log was looked through."""
        found: list[Event] = []
        position = start
        for _ in range(PAGES):
            page = await self.feed.page(position)
            for event in page:
                position = event.position
                if is_meant(event):
                    found.append(event)
                if len(found) == MOST:
                    return found, position
            if not page:
                break
        return found, position


def ahead_of_the_log(asked: int, newest: int) -> Refusal:
    """Return the refusal of a position that the log has not reached."""
    return Refusal(400, f"last_event_id {asked} is ahead of the log, its newest position is {newest}")


def no_position(text: str) -> Refusal:
    """Return the refusal of what is no position."""
    return Refusal(400, f"last_event_id {text[:100]} is not a position of the log")


def _view(event: Event) -> EventBody:
    return EventBody(id=event.position, at=moment(event.at_ms), job=record(event.job))


def _asked_position(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID") or request.query.get("last_event_id", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise no_position(text)
    return int(text)


def _filter(request: web.Request) -> IsMeant:
    """Return whom an event or a notice is meant for; a notice is of a channel, and of no job."""
    tenant = request[TENANT]
    job_id, channel, reply_ref = (request.query.get(name) or None for name in _FILTERS)

    def is_meant(told: Event | Notice) -> bool:
        if isinstance(told, Notice):
            is_of_jobs = bool(job_id or reply_ref)
            return told.tenant == tenant and channel in (None, told.channel) and not is_of_jobs
        job = told.job
        return (
            job.tenant == tenant
            and job_id in (None, job.id)
            and channel in (None, job.channel)
            and reply_ref in (None, job.reply_ref)
        )

    return is_meant
