"""The change log over HTTP: a stream of records, or a page of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from aiohttp import web

from bridge.access.api_token import ApiToken
from bridge.access.quotas import streams_spent
from bridge.access.scopes import Scope
from bridge.api.contract.responses import EventBody, EventsBody
from bridge.api.contract.views import JobRecord, moment
from bridge.api.http.answers import Refusal, as_json
from bridge.api.http.guard import TENANT, TOKEN
from bridge.api.http.rate_limits import over_quota
from bridge.api.http.request_body import JSON
from bridge.api.http.stream import IsMeant, Opened, stream
from bridge.feed.live import Feed, LogEntry, Notice, PositionExpired
from bridge.flows.access.open_streams import OpenStreams
from bridge.ports import Clock
from bridge.store.rows.events import Event

MOST: Final = 100
PAGES: Final = 25
"""How many pages of the log one answer reads; if a filter matches little, `next` still advances."""
OLDEST: Final = 0
"""The position that requests the whole log, without `reset`."""
STREAM: Final = "text/event-stream"
_QVALUE: Final = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
_FILTERS: Final = ("jobid", "channel", "replyRef")


@dataclass(frozen=True, slots=True)
class Found:
    """The matching events, the last position read, and whether earlier events were deleted."""

    events: Sequence[Event]
    position: int
    is_reset: bool


@dataclass(frozen=True, slots=True)
class EventResource:
    """Handlers of `/v1/pixverse/events`."""

    feed: Feed
    clock: Clock
    streams: OpenStreams

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Answer with a stream, or with a page if JSON is requested."""
        asked = _asked_position(request)
        tenant = request[TENANT]
        oldest, newest = await self.feed.ends(tenant)
        is_ahead = asked is not None and asked > newest
        start = oldest - 1 if asked == OLDEST else asked
        is_meant = _filter(request)
        if not prefers_json(request.headers.getall("Accept", ())):
            opened = self._opened(request[TOKEN])
            wanted = None if is_ahead else start
            return await stream(
                request, tenant, self.feed, self.clock, wanted, is_meant, opened, is_reset=is_ahead
            )
        if is_ahead:
            return _begun_anew(newest)
        return await self._page(tenant, oldest - 1 if start is None else start, is_meant)

    def _opened(self, token: ApiToken) -> Opened:
        """Return what counts a stream of a token while it is open; raises `Refusal` for one too many."""
        most = token.quotas.streams
        if most is not None and self.streams.count(token) >= most:
            raise over_quota(streams_spent(most))
        return partial(self.streams.opened, token)

    async def _page(self, tenant: str, start: int, is_meant: IsMeant) -> web.Response:
        """Answer with up to 100 entries after a position, oldest first."""
        found = await self._found(tenant, start, is_meant)
        entries = self.feed.encoded(await self.feed.renewed(found.events))
        views = [_view(entry) for entry in entries]
        body = EventsBody(events=views, next=found.position, reset=found.is_reset or None)
        return as_json(body.model_dump(exclude_none=True))

    async def _found(self, tenant: str, start: int, is_meant: IsMeant) -> Found:
        """Read the log up to the first deleted part: the next answer begins there, with `reset`."""
        found: list[Event] = []
        position, is_reset = start, False
        for _ in range(PAGES):
            page = await self.feed.page(tenant, position)
            if isinstance(page, PositionExpired) and position == start:
                position, is_reset = page.position, True
                continue
            if isinstance(page, PositionExpired) or not page or len(found) == MOST:
                break
            taken, position = _taken(page, is_meant, MOST - len(found))
            found += taken
        return Found(found, position, is_reset)


def prefers_json(accept: Iterable[str]) -> bool:
    """Return whether an `Accept` prefers JSON to the stream."""
    qualities: dict[str, float] = {}
    for wish in ",".join(accept).split(","):
        kind, *parameters = (part.strip().lower() for part in wish.split(";"))
        qualities[kind] = _quality(parameters)
    return qualities.get(JSON, 0) > qualities.get(STREAM, 0)


def no_position(text: str) -> Refusal:
    """Return the refusal of an invalid position."""
    return Refusal(400, f"last_event_id {text[:100]} is not a position of the log")


def _begun_anew(newest: int) -> web.Response:
    """Return the page for a position ahead of the log: `reset` with the newest position."""
    return as_json(EventsBody(events=[], next=newest, reset=True).model_dump(exclude_none=True))


def _quality(parameters: Iterable[str]) -> float:
    """Return the `q` of a media range (RFC 9110, section 12.4.2); 1 if it is absent or invalid."""
    for name, _, value in (parameter.partition("=") for parameter in parameters):
        if name.strip() == "q" and _QVALUE.fullmatch(value.strip()):
            return float(value)
    return 1.0


def _taken(page: Sequence[Event], is_meant: IsMeant, at_most: int) -> tuple[list[Event], int]:
    """Return the matching events of a page, and the last position read."""
    taken = list(islice(filter(is_meant, page), at_most))
    return taken, (taken if len(taken) == at_most else page)[-1].position


def _view(entry: LogEntry) -> EventBody:
    job = JobRecord.model_validate_json(entry.record)
    return EventBody(id=entry.event.position, at=moment(entry.event.at_ms), job=job)


def _asked_position(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID") or request.query.get("last_event_id", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise no_position(text)
    return int(text)


def _filter(request: web.Request) -> IsMeant:
    """Return the filter of a request, for events and notices; a notice is about an account, not a job."""
    tenant, may_see_accounts = request[TENANT], request[TOKEN].may(Scope.ACCOUNTS_READ)
    job_id, channel, reply_ref = (request.query.get(name) or None for name in _FILTERS)

    def is_meant(told: Event | Notice) -> bool:
        if isinstance(told, Notice):
            is_wanted = may_see_accounts and not (job_id or reply_ref)
            return told.tenant == tenant and channel in (None, told.channel) and is_wanted
        job = told.job
        return (
            job.tenant == tenant
            and job_id in (None, job.id)
            and channel in (None, job.channel)
            and reply_ref in (None, job.reply_ref)
        )

    return is_meant
