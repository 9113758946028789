"""The composition root: builds everything in start order, and closes it in reverse order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import structlog

from bridge.api.contract.views import encode
from bridge.api.http.certificate import ServerCertificate
from bridge.app.access import keep_new_token, start_token
from bridge.app.background import at_work
from bridge.app.configured import apply_configured
from bridge.app.connecting import Connecting, StartingAccount
from bridge.app.databases import busy_s, is_postgres
from bridge.app.doctor import Doctor
from bridge.app.foundation import Foundation, open_foundation, usable_database
from bridge.app.links import links_of
from bridge.app.media import mirroring
from bridge.app.profile import profile_of
from bridge.app.server_options import log_tls, server_options, url_of
from bridge.app.serving import served
from bridge.app.starting import when_usable
from bridge.app.watch import check_alerts_url, watching
from bridge.callbacks.addresses import AllowedAddresses
from bridge.callbacks.client import CallbackClient, callback_client
from bridge.callbacks.format import CallbackFormat
from bridge.callbacks.open_submits import OpenSubmits
from bridge.callbacks.sender import CallbackSender
from bridge.config.settings import Settings
from bridge.feed.live import Feed
from bridge.flows.access.callers import callers_of
from bridge.flows.configure import Configure
from bridge.flows.keep.links import RecordLinks
from bridge.flows.keep.retention import Retention
from bridge.flows.keep.uploads import UnusedUploads
from bridge.flows.submit.queue import Queue
from bridge.flows.timing import STANDARD, Timing
from bridge.logs import Redactor
from bridge.ports import DAY_MS, HOUR_MS, Clock
from bridge.running.account import RunningAccount, Shared
from bridge.running.accounts import RunningAccounts
from bridge.running.known_accounts import KnownAccounts
from bridge.running.leases import Leases, machine_name
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Overhear, Sessions
from bridge.store.leader import led
from bridge.store.rows.events import Event
from bridge.store.sqlite.migrations import newest
from bridge.store.vault import digest

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RunningBridge:
    """A running bridge; `api_token` is empty if only its hash is known."""

    url: str
    api_token: str
    generated_token: bool
    foundation: Foundation
    known_accounts: KnownAccounts
    feed: Feed
    certificate: ServerCertificate | None

    async def connected(
        self, on_wait: Callable[[Sequence[StartingAccount]], None] | None = None
    ) -> Sequence[StartingAccount]:
        """Return the accounts when each is connected or needs a person, or after a minute."""
        foundation = self.foundation
        connecting = Connecting(
            foundation.database, foundation.notifier, foundation.clock, self.known_accounts
        )
        return await connecting.wait(on_wait)

    async def failed(self) -> None:
        """Wait forever: if a part of the bridge dies, the wait is cancelled and the error raised."""
        await asyncio.Event().wait()


@asynccontextmanager
async def running(
    settings: Settings,
    redactor: Redactor,
    clock: Clock | None = None,
    overhear: Overhear | None = None,
    timing: Timing = STANDARD,
) -> AsyncIterator[RunningBridge]:
    """Run a bridge; raises `StartError` when it cannot start.

    `clock` replaces the system clock; `timing` gets the pace and the silence of the settings.
    """
    timing = replace(timing, pace_s=settings.jobs.pace_s, silence_s=settings.jobs.silence_s)
    options = server_options(settings)
    addresses = AllowedAddresses(settings.callbacks.allow)
    await check_alerts_url(settings, addresses)
    async with AsyncExitStack() as stack:
        foundation = await stack.enter_async_context(open_foundation(settings, redactor, clock))
        token = await start_token(settings, foundation, redactor)
        sessions = await stack.enter_async_context(_sessions(settings, foundation, overhear, timing))
        client = await stack.enter_async_context(callback_client(addresses))
        running_accounts = _running_accounts(settings, foundation, sessions, timing)
        known_accounts = KnownAccounts(
            foundation.database, foundation.notifier, foundation.clock, timing, running_accounts
        )
        configure = Configure(
            foundation.database,
            foundation.accounts,
            foundation.notifier,
            foundation.clock,
            known_accounts.condition,
        )
        links = links_of(settings, foundation, running_accounts, known_accounts)
        mirror = await stack.enter_async_context(mirroring(settings, foundation, links))
        feed = Feed(
            foundation.database, foundation.notifier, encode, mirror.links.fresh, foundation.metrics.feed
        )
        with usable_database():
            await running_accounts.join()
        await when_usable(lambda: _prepare(settings, configure, feed), foundation.clock, busy_s(settings))
        open_submits = OpenSubmits(foundation.clock, foundation.database)
        sender = _sender(settings, foundation, client, mirror.links, open_submits)
        retention = _retention(settings, foundation, known_accounts)
        callers = callers_of(
            foundation.database, foundation.clock, lambda: foundation.notifier.notify("accounts")
        )
        watch = await stack.enter_async_context(
            watching(settings, foundation, feed, known_accounts.condition, addresses)
        )
        works = (
            foundation.loop_lag.run,
            running_accounts.run,
            known_accounts.run,
            _queue(settings, foundation, known_accounts).run,
            links.run,
            feed.run,
            sender.run,
            open_submits.run,
            UnusedUploads(foundation.database, foundation.uploads, foundation.clock).run,
            callers.tokens.run,
            callers.streams.run,
            callers.uses.run,
            watch.run,
            *mirror.works,
            led(foundation.leader, retention.run, *watch.led, *mirror.led),
        )
        stop_work = await stack.enter_async_context(at_work(*works))
        port = await stack.enter_async_context(
            served(
                settings=settings,
                options=options,
                foundation=foundation,
                addresses=addresses,
                client=client,
                known_accounts=known_accounts,
                configure=configure,
                feed=feed,
                mirror=mirror,
                open_submits=open_submits,
                running_accounts=running_accounts,
                callers=callers,
                doctor=Doctor(settings, sessions.examine),
                stop_work=stop_work,
            )
        )
        await keep_new_token(token, foundation)
        log_tls(settings, options)
        yield RunningBridge(
            url_of(settings, port),
            token.text,
            token.is_new,
            foundation,
            known_accounts,
            feed,
            options.certificate,
        )


def _sessions(
    settings: Settings, foundation: Foundation, overhear: Overhear | None, timing: Timing
) -> SelfbotSessions:
    return SelfbotSessions(
        endpoint(settings),
        foundation.clock,
        post_limit_s=timing.post_s,
        overhear=overhear,
        metrics=foundation.metrics.gateway,
    )


def _running_accounts(
    settings: Settings, foundation: Foundation, sessions: Sessions, timing: Timing
) -> RunningAccounts:
    shared = Shared(
        notifier=foundation.notifier,
        clock=foundation.clock,
        profile=profile_of(settings),
        uploads=foundation.uploads,
        timing=timing,
        metrics=foundation.metrics.messages,
        tracing=foundation.tracing,
        has_others=is_postgres(settings),
    )
    leases = Leases(
        foundation.database,
        foundation.notifier,
        foundation.clock,
        machine_name(),
        is_shared=is_postgres(settings),
        schema=newest(),
        own=foundation.lease_database,
    )
    return RunningAccounts(
        foundation.database,
        foundation.accounts,
        foundation.notifier,
        foundation.clock,
        sessions,
        leases,
        lambda account, session, lease: RunningAccount(account, session, lease, shared),
        settings.jobs.most_passing,
    )


def _queue(settings: Settings, foundation: Foundation, known_accounts: KnownAccounts) -> Queue:
    return Queue(
        foundation.database,
        foundation.notifier,
        foundation.clock,
        known_accounts,
        settings.jobs.queue_limit_s,
        is_least_loaded=settings.jobs.choice == "least_loaded",
    )


async def _prepare(settings: Settings, configure: Configure, feed: Feed) -> None:
    """Apply the configuration file's accounts, and start the feed at the end of the change log."""
    await apply_configured(settings, configure)
    await feed.start()


def _sender(
    settings: Settings,
    foundation: Foundation,
    client: CallbackClient,
    links: RecordLinks,
    open_submits: OpenSubmits,
) -> CallbackSender:
    async def renewed(event: Event) -> Event:
        [job] = await links.fresh_to_be_sent([event.job])
        return replace(event, job=job)

    wire = CallbackFormat(
        encode=lambda event: encode(event.job),
        secrets=foundation.webhook_secrets.texts,
        timeout_s=settings.callbacks.timeout_s,
        pauses_s=settings.callbacks.pauses_s,
        renewed=renewed,
        open_submits=open_submits.waits_ms,
        answered_submits=open_submits.answered,
    )
    return CallbackSender(
        foundation.database,
        foundation.notifier,
        foundation.clock,
        client,
        wire,
        foundation.metrics.callbacks,
        foundation.tracing,
    )


def _retention(settings: Settings, foundation: Foundation, known_accounts: KnownAccounts) -> Retention:
    return Retention(
        foundation.database,
        foundation.clock,
        keep_ms=settings.jobs.keep_days * DAY_MS,
        running=known_accounts.running,
        keep_progress_ms=settings.events.keep_progress_hours * HOUR_MS,
        setting=digest(settings.api_token.get_secret_value()) if settings.api_token else "",
    )


def endpoint(settings: Settings) -> Endpoint:
    """Return the addresses of Discord."""
    discord = settings.discord
    return Endpoint(discord.api_url, discord.gateway_url, discord.proxy)
