"""The composition root: builds everything in start order, and takes it down in the reverse."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bridge.accounts.account import Account
from bridge.api.accounts import AccountResource
from bridge.api.callbacks import CallbackResource
from bridge.api.contract.idempotency import Once
from bridge.api.contract.views import encode
from bridge.api.events import EventResource
from bridge.api.health import HealthResource
from bridge.api.history import HistoryResource
from bridge.api.jobs import JobResource
from bridge.api.routes import Resources, table
from bridge.api.server import serving
from bridge.api.submitting import SubmitResource
from bridge.api.tenants import TenantResource
from bridge.app.foundation import TENANT, Ground, keep_new_token, laid_ground, usable_database
from bridge.app.watch import watching
from bridge.callbacks.client import Client, callback_client
from bridge.callbacks.sender import Sender, Wire
from bridge.callbacks.unanswered import Unanswered
from bridge.config.settings import Settings
from bridge.feed.live import Feed
from bridge.flows.configure import Configure, Entry
from bridge.flows.end.giving_up import Cancel
from bridge.flows.keep.links import Links
from bridge.flows.keep.retention import DAY_MS, HOUR_MS, Retention
from bridge.flows.keep.tidy import Tidy
from bridge.flows.step import Now
from bridge.flows.submit.first_news import Closing
from bridge.flows.submit.submit import Submit
from bridge.flows.submit.waiting import Waiting
from bridge.jobs.links import cdn_at
from bridge.logs import Redactor
from bridge.pixverse.overrides import overridden
from bridge.pixverse.profile import DEFAULT, Profile
from bridge.ports import Clock
from bridge.running.account import Pace, RunningAccount
from bridge.running.accounts import LocalCrew
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Overhear, Session, Sessions
from bridge.store.rows.events import Event

log = structlog.get_logger(__name__)

CONNECT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class RunningBridge:
    """A bridge that answers; `api_token` is empty when only its hash is known."""

    url: str
    api_token: str
    generated_token: bool
    ground: Ground
    crew: LocalCrew
    feed: Feed

    async def connected(self) -> None:
        """Return when every account is connected, when waiting does not help, or after a minute."""
        with self.ground.bells.listen("conditions") as ear, suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_S):
                while not await self._is_settled():
                    await ear.wait(CONNECT_S)

    async def failed(self) -> None:
        """Wait for ever: when a part of the bridge dies, the wait is cancelled and the error follows."""
        await asyncio.Event().wait()

    async def _is_settled(self) -> bool:
        ground = self.ground
        accounts = await ground.database.read(lambda tx: ground.accounts.configured(tx, TENANT))
        conditions = [self.crew.condition(account.id) for account in accounts]
        return all(one is not None and (one.is_connected or one.is_unusable) for one in conditions)


@asynccontextmanager
async def running(
    settings: Settings,
    redactor: Redactor,
    clock: Clock | None = None,
    overhear: Overhear | None = None,
) -> AsyncIterator[RunningBridge]:
    """Run a bridge; raises `StartError` when it cannot start. `clock` stands in for the machine's."""
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(laid_ground(settings, redactor, clock))
        sessions = await stack.enter_async_context(_sessions(settings, ground, overhear))
        client = await stack.enter_async_context(callback_client())
        crew = _crew(settings, ground, sessions)
        configure = Configure(ground.database, ground.accounts, ground.bells, ground.clock, crew.condition)
        links = Links(ground.database, ground.clock, crew, cdn_at(settings.discord.cdn_url))
        feed = Feed(ground.database, ground.bells, encode, links.living)
        with usable_database():
            await _prepare(settings, configure, feed)
        unanswered = Unanswered(ground.clock)
        sender = _sender(settings, ground, client, links, unanswered)
        tidy = Tidy(ground.database, ground.uploads, ground.clock)
        keep_ms = settings.jobs.keep_days * DAY_MS
        keep_progress_ms = settings.events.keep_progress_hours * HOUR_MS
        retention = Retention(ground.database, ground.clock, keep_ms, crew.running, keep_progress_ms)
        watch = await stack.enter_async_context(watching(settings, ground, feed, crew.condition))
        works = (crew.run, links.run, feed.run, sender.run, tidy.run, retention.run, *watch)
        stop_work = await stack.enter_async_context(_at_work(*works))
        port = await stack.enter_async_context(
            _serving(settings, ground, crew, configure, feed, links, unanswered, stop_work)
        )
        await keep_new_token(ground)
        yield RunningBridge(_url(settings, port), ground.api_token, ground.is_token_new, ground, crew, feed)


@asynccontextmanager
async def _at_work(*works: Callable[[], Awaitable[None]]) -> AsyncIterator[Callable[[], None]]:
    """Run the parts that work by themselves; when one dies, all of the bridge does.

    Gives what tells them to stop. They are told once, and the group is left when they have ended: being told
    again, as a group does that is left before, would break off what they have to finish.
    """
    is_told = False

    async def work_on(work: Callable[[], Awaitable[None]]) -> None:
        await work()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work_on(work), name=work.__qualname__) for work in works]

        def stop() -> None:
            nonlocal is_told
            for task in tasks if not is_told else ():
                task.cancel()
            is_told = True

        try:
            yield stop
        finally:
            stop()
            await asyncio.wait(tasks)


@asynccontextmanager
async def _serving(
    settings: Settings,
    ground: Ground,
    crew: LocalCrew,
    configure: Configure,
    feed: Feed,
    links: Links,
    unanswered: Unanswered,
    stop_work: Callable[[], None],
) -> AsyncIterator[int]:
    """Serve the API; when it stops, streams and waiting answers are let out first, beside all work."""
    closing = Closing()

    def close() -> None:
        closing.has_begun = True
        ground.bells.ring("closing")
        feed.close()
        stop_work()

    submit = Submit(
        database=ground.database,
        accounts=ground.accounts,
        bells=ground.bells,
        clock=ground.clock,
        crew=crew,
        profile=_profile(settings),
        patience_s=settings.jobs.patience_s,
        closing=closing,
        is_least_loaded=settings.jobs.choice == "least_loaded",
    )
    waiting = Waiting(ground.database, crew, _profile(settings))
    resources = Resources(
        accounts=AccountResource(ground.database, ground.accounts, configure),
        submits=SubmitResource(
            submit=submit,
            waiting=waiting,
            database=ground.database,
            uploads=ground.uploads,
            clock=ground.clock,
            once=Once(ground.database, ground.clock),
            unanswered=unanswered,
            most_bytes=settings.uploads.max_bytes,
        ),
        jobs=JobResource(ground.database, links, _cancel(ground), waiting),
        history=HistoryResource(ground.database, links),
        tenants=TenantResource(ground.database),
        callbacks=CallbackResource(ground.database, ground.bells, ground.clock),
        events=EventResource(feed, ground.clock),
        health=HealthResource(ground.database, ground.clock, crew.condition, crew.unmatched),
    )
    server = settings.server
    async with serving(table(resources), ground.tenants, server.host, server.port, close) as port:
        yield port


def _cancel(ground: Ground) -> Cancel:
    return Cancel(ground.database, ground.bells, lambda: Now(ground.clock.now_ms()))


def _sessions(settings: Settings, ground: Ground, overhear: Overhear | None) -> SelfbotSessions:
    return SelfbotSessions(endpoint(settings), ground.clock, overhear=overhear)


def _crew(settings: Settings, ground: Ground, sessions: Sessions) -> LocalCrew:
    pace = Pace(pace_s=settings.jobs.pace_s, silence_s=settings.jobs.silence_s)
    profile = _profile(settings)

    def make(account: Account, session: Session) -> RunningAccount:
        return RunningAccount(
            account, session, ground.database, ground.bells, ground.clock, profile, ground.uploads, pace
        )

    most_passing = settings.jobs.most_passing
    return LocalCrew(
        ground.database, ground.accounts, ground.bells, ground.clock, sessions, make, most_passing
    )


def _profile(settings: Settings) -> Profile:
    """Return what is known of the bot: built in, with the operator's rows in it."""
    return overridden(DEFAULT, settings.bot)


def entries(settings: Settings) -> list[Entry]:
    """Return the configuration file's accounts."""
    return [
        Entry(
            server=account.server,
            channel=account.channel,
            token=account.discord.get_secret_value(),
            max_jobs=account.max_jobs,
        )
        for account in settings.accounts
    ]


async def _prepare(settings: Settings, configure: Configure, feed: Feed) -> None:
    """Apply the configuration file's accounts, and begin at the end of the change log."""
    for conflict in await configure.apply(TENANT, entries(settings)):
        log.warning("configured_account_was_skipped", same_token_as_channel=conflict.channel)
    await feed.start()


def _sender(
    settings: Settings, ground: Ground, client: Client, links: Links, unanswered: Unanswered
) -> Sender:
    async def renewed(event: Event) -> Event:
        [job] = await links.living_to_be_sent([event.job])
        return replace(event, job=job)

    wire = Wire(
        encode=lambda event: encode(event.job),
        secrets=ground.webhook_secrets.texts,
        timeout_s=settings.callbacks.timeout_s,
        pauses_s=settings.callbacks.pauses_s,
        renewed=renewed,
        unanswered=unanswered.waits_ms,
    )
    return Sender(ground.database, ground.bells, ground.clock, client, wire)


def endpoint(settings: Settings) -> Endpoint:
    """Return where Discord is."""
    discord = settings.discord
    return Endpoint(discord.api_url, discord.gateway_url, discord.cdn_url, discord.proxy)


def _url(settings: Settings, port: int) -> str:
    host = settings.server.host
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"
