"""All jobs of a tenant, newest first, in pages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bridge.api.contract.fields import as_whole_number, not_one_of
from bridge.api.contract.requests import SearchForm, read_form
from bridge.api.contract.responses import HistoryBody
from bridge.api.contract.views import STATUSES, record
from bridge.api.http.answers import Refusal, as_json
from bridge.api.http.guard import TENANT
from bridge.flows.keep.links import RecordLinks
from bridge.jobs.command import Verb
from bridge.store.database import Database
from bridge.store.rows import history
from bridge.store.rows.history import HistoryFilters

MOST: Final = 100
USUAL: Final = 20
_CURSOR: Final = re.compile(r"[0-9a-f]{1,15}")


@dataclass(frozen=True, slots=True)
class HistoryResource:
    """Handlers of `/v1/pixverse/jobs/history`; `verbs` are those that it can be filtered by."""

    database: Database
    links: RecordLinks
    verbs: Sequence[str] = tuple(Verb)

    async def get(self, request: web.Request) -> web.Response:
        """Answer with a page of records, and the cursor of the next page if there is one."""
        tenant, query = request[TENANT], request.query
        filters, most, behind = _filters(query, self.verbs), limit(query), before(query)
        page = await self.database.query(lambda tx: history.page(tx, tenant, filters, behind, most))
        shown = await self.links.fresh(page.jobs)
        more = None if page.next is None else format(page.next, "x")
        body = HistoryBody(jobs=[record(job) for job in shown], next=more)
        return as_json({**body.model_dump(exclude_none=True), "next": more})


def one_of(query: Mapping[str, str], name: str, allowed: Sequence[str]) -> str:
    """Return a filter, empty if it is not given; raises `Refusal` for an unknown value."""
    value = query.get(name, "")
    if value and value not in allowed:
        raise no_choice(name, value, allowed)
    return value


def limit(query: Mapping[str, str]) -> int:
    """Return the page size; raises `Refusal`."""
    text = query.get("limit") or str(USUAL)
    number = as_whole_number(text)
    if number is None or not 1 <= number <= MOST:
        raise no_limit(text)
    return number


def before(query: Mapping[str, str]) -> int:
    """Return the number below which the page begins, from a cursor in hex; raises `Refusal`."""
    text = query.get("cursor")
    if not text:
        return history.NEWEST
    if not _CURSOR.fullmatch(text):
        raise no_cursor(text)
    return int(text, 16)


def no_choice(name: str, value: str, allowed: Sequence[str]) -> Refusal:
    """Return the refusal of an unknown filter value."""
    return Refusal(400, not_one_of(name, value[:100], allowed))


def no_limit(text: str) -> Refusal:
    """Return the refusal of an invalid page size."""
    return Refusal(400, f"limit {text[:100]} not supported, must be 1…{MOST}")


def no_cursor(text: str) -> Refusal:
    """Return the refusal of an invalid cursor."""
    return Refusal(400, f"cursor {text[:100]} is not valid")


def _filters(query: Mapping[str, str], verbs: Sequence[str]) -> HistoryFilters:
    return HistoryFilters(
        reply_ref=query.get("replyRef", ""),
        channel=query.get("channel", ""),
        status=one_of(query, "status", STATUSES),
        verb=one_of(query, "verb", verbs),
        prompt=read_form(SearchForm, {"prompt": query.get("prompt") or None}).prompt or "",
    )
