"""Renews links in records: links about to expire are replaced by fresh ones, requested in batches.

Fresh links are stored, so that each file is requested about once a day, also across restarts. Concurrent
requests for the same file share one request to Discord.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import structlog
from structlog.contextvars import bind_contextvars

from bridge.backoff import Backoff
from bridge.flows.keep.link_requests import LinkRequests
from bridge.jobs.job import Job
from bridge.jobs.links import Cdn, Dying, dies_ms, is_near_end, links_of, with_links
from bridge.ports import Clock
from bridge.sessions.port import MOST_LINKS, HistoryUnavailable, Session
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import links as link_rows

log = structlog.get_logger(__name__)

PATIENCE_S: Final = 3.0
"""How long a record waits for fresh links before it is returned with its old ones."""
AT_ONCE: Final = 4
PAUSES_S: Final = (2.0, 5.0, 15.0, 60.0, 300.0)
Look: TypeAlias = Callable[[Callable[[Tx], Mapping[str, str]]], Awaitable[Mapping[str, str]]]
"""One of the two ways to read the database."""


class RecordLinks(Protocol):
    """What gives the jobs of records the links that they are shown with."""

    async def fresh(self, found: Sequence[Job]) -> Sequence[Job]:
        """Return jobs for requests of the API."""
        ...

    async def fresh_to_be_sent(self, found: Sequence[Job]) -> Sequence[Job]:
        """Return jobs for what the bridge sends."""
        ...


class AccountSessions(Protocol):
    """The accounts that are running."""

    def sessions(self, tenant: str) -> Mapping[int, Session]:
        """Return a tenant's connected sessions by account."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Flight:
    """A request in progress: its account, and when it started."""

    task: "asyncio.Task[None]"
    account: int
    began_ms: int


class Links:
    """Renews the links of jobs while `run` is running."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        running_accounts: AccountSessions,
        cdn: Cdn,
        requests: LinkRequests | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._running_accounts = running_accounts
        self._cdn = cdn
        self._requests = requests
        self._flights: dict[str, Flight] = {}
        self._backoff = Backoff(clock, PAUSES_S)
        self._doors = asyncio.Semaphore(AT_ONCE)
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Run the requests until cancelled."""
        async with asyncio.TaskGroup() as self._tasks:
            try:
                await self._answer_others()
            finally:
                self._tasks = None

    async def _answer_others(self) -> None:
        if self._requests is None:
            await asyncio.Event().wait()
        else:
            await self._requests.answer(
                lambda tenant: bool(self._running_accounts.sessions(tenant)), self._flights_for
            )

    async def fresh(self, found: Sequence[Job]) -> list[Job]:
        """Return jobs with fresh links, or the old ones if Discord returns none in time.

        For requests of the API: it reads after the other reads of the API.
        """
        return await self._renew_where_needed(found, self._database.query)

    async def fresh_to_be_sent(self, found: Sequence[Job]) -> list[Job]:
        """Return jobs like `fresh`, for what the bridge sends: no read of the API delays it."""
        return await self._renew_where_needed(found, self._database.read)

    async def _renew_where_needed(self, found: Sequence[Job], look: Look) -> list[Job]:
        dying = self._dying(found)
        if not dying:
            return list(found)
        known = await self._known(dying, look)
        wanted = {place: link for place, link in dying.items() if place not in known}
        flights = self._flights_for(wanted)
        if flights:
            await self._wait_for(flights)
        left = {place: link for place, link in wanted.items() if self._is_for_others(place, link)}
        if flights or await self._have_others(left, look):
            known = await self._known(dying, look)
        return [with_links(job, lambda url: self._renewed(url, known)) for job in found]

    def _is_for_others(self, place: str, link: Dying) -> bool:
        """Return whether no account here can renew a link, and another process may be asked now."""
        return not self._running_accounts.sessions(link.tenant) and self._backoff.is_over(place)

    async def _have_others(self, links: Mapping[str, Dying], look: Look) -> bool:
        """Ask other processes for links; return whether any may have come."""
        if self._requests is None or not links:
            return False

        async def have_come() -> bool:
            return len(await self._known(links, look)) == len(links)

        try:
            have = await self._requests.ask(links, PATIENCE_S, have_come)
        except StoreUnavailable as error:
            log.warning("links_were_not_asked_for", count=len(links), reason=str(error))
            return False
        for place in links:
            (self._backoff.has_worked if have else self._backoff.has_failed)(place)
        return True

    def _dying(self, found: Iterable[Job]) -> dict[str, Dying]:
        now_ms = self._clock.now_ms()
        return {
            place: Dying(url, job.tenant, job.account)
            for job in found
            if job.account is not None
            for url in links_of(job)
            if is_near_end(url, now_ms) and (place := self._cdn.place(url))
        }

    async def _known(self, places: Iterable[str], look: Look) -> dict[str, str]:
        """Return the stored links that are not about to expire."""
        kept = await look(lambda tx: link_rows.known(tx, places))
        return {place: url for place, url in kept.items() if not is_near_end(url, self._clock.now_ms())}

    def _renewed(self, url: str, known: Mapping[str, str]) -> str:
        fresh = known.get(self._cdn.place(url) or "")
        return fresh if fresh and (dies_ms(fresh) or 0) > (dies_ms(url) or 0) else url

    def _flights_for(self, wanted: Mapping[str, Dying]) -> set[Flight]:
        """Return the requests for the wanted links: those in progress, and new ones for the rest."""
        rest = {place: link for place, link in wanted.items() if place not in self._flights}
        for account, session, links in self._by_session(rest):
            for batch in _batches(links):
                self._begin(account, session, batch)
        return {self._flights[place] for place in wanted if place in self._flights}

    def _by_session(self, links: Mapping[str, Dying]) -> Iterator[tuple[int, Session, dict[str, str]]]:
        groups: defaultdict[tuple[str, int], dict[str, str]] = defaultdict(dict)
        for place, link in links.items():
            if self._backoff.is_over(place):
                groups[link.tenant, link.account][place] = link.url
        for (tenant, owner), urls in groups.items():
            sessions = self._running_accounts.sessions(tenant)
            account = owner if owner in sessions else next(iter(sessions), None)
            if account is not None and self._backoff.is_over(account):
                yield account, sessions[account], urls

    async def _wait_for(self, flights: set[Flight]) -> None:
        """Wait for requests up to the limit; an account that takes longer is not asked again for a while."""
        await asyncio.wait([flight.task for flight in flights], timeout=self._patience_s(flights))
        for flight in flights:
            if not flight.task.done() and self._backoff.is_over(flight.account):
                self._backoff.has_failed(flight.account)

    def _begin(self, account: int, session: Session, batch: Mapping[str, str]) -> None:
        if self._tasks is None:
            return
        task = self._tasks.create_task(self._ask(account, session, batch), name=f"links-{account}")
        self._flights |= dict.fromkeys(batch, Flight(task, account, self._clock.monotonic_ms()))
        task.add_done_callback(lambda _: self._land(batch))

    def _land(self, batch: Iterable[str]) -> None:
        for place in batch:
            self._flights.pop(place, None)

    async def _ask(self, account: int, session: Session, batch: Mapping[str, str]) -> None:
        bind_contextvars(account=account, channel=session.channel.id)
        try:
            async with self._doors:
                await self._refresh(account, session, batch)
        except (HistoryUnavailable, StoreUnavailable) as error:
            self._backoff.has_failed(account)
            log.warning("links_were_not_refreshed", count=len(batch), reason=str(error))
        except Exception:
            self._backoff.has_failed(account)
            log.exception("links_were_not_refreshed", count=len(batch))

    async def _refresh(self, account: int, session: Session, batch: Mapping[str, str]) -> None:
        """Request the links that no other request has returned meanwhile, and store them."""
        known = await self._known(batch, self._database.read)
        wanted = {place: url for place, url in batch.items() if place not in known}
        if not wanted:
            return
        given = await session.refresh(list(wanted.values()))
        now_ms = self._clock.now_ms()
        fresh = {place: given[url] for place, url in wanted.items() if url in given}
        good = {place: url for place, url in fresh.items() if not is_near_end(url, now_ms)}
        await self._database.write(lambda tx: link_rows.keep(tx, good))
        if self._requests is not None:
            self._requests.stored()
        self._note(account, wanted, good)
        log.info("links_refreshed", asked=len(wanted), fresh=len(good))

    def _note(self, account: int, wanted: Iterable[str], good: Mapping[str, str]) -> None:
        self._backoff.has_worked(account)
        for place in wanted:
            note = self._backoff.has_worked if place in good else self._backoff.has_failed
            note(place)

    def _patience_s(self, flights: Iterable[Flight]) -> float:
        """Return how long the newest request may still take, so that nobody waits twice for a slow one."""
        age_ms = self._clock.monotonic_ms() - max(flight.began_ms for flight in flights)
        return max(0.0, PATIENCE_S - age_ms / 1000)


def _batches(links: Mapping[str, str]) -> Iterator[dict[str, str]]:
    rows = list(links.items())
    for start in range(0, len(rows), MOST_LINKS):
        yield dict(rows[start : start + MOST_LINKS])
