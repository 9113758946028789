"""Serves the API of a bridge: the handlers on their parts, and what ends first when the bridge stops."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from bridge.api.accounts import AccountResource
from bridge.api.callback_test import CallbackTestResource
from bridge.api.callbacks import CallbackResource
from bridge.api.contract.idempotency import IdempotentRequests
from bridge.api.doctor import DoctorResource
from bridge.api.events import EventResource
from bridge.api.health import HealthResource
from bridge.api.history import HistoryResource
from bridge.api.http.options import ServerOptions
from bridge.api.jobs import JobResource
from bridge.api.metrics import MetricsPage
from bridge.api.probes import Probes
from bridge.api.routes import Resources, table
from bridge.api.server import serving
from bridge.api.statistics import StatisticsResource
from bridge.api.submitting import SubmitResource
from bridge.api.tenants import TenantResource
from bridge.api.timeline import TimelineResource
from bridge.app.doctor import Doctor
from bridge.app.foundation import Foundation
from bridge.app.measuring import Scrape
from bridge.app.media import Mirroring
from bridge.app.profile import profile_of
from bridge.callbacks.addresses import AllowedAddresses
from bridge.callbacks.client import CallbackClient
from bridge.callbacks.open_submits import OpenSubmits
from bridge.callbacks.outbox import Outbox
from bridge.callbacks.sample import SampleSender
from bridge.config.settings import Settings
from bridge.feed.live import Feed
from bridge.flows.access.admission import AdmittedDatabase
from bridge.flows.access.callers import Callers
from bridge.flows.configure import Configure
from bridge.flows.end.cancel import Cancel
from bridge.flows.readiness import Readiness
from bridge.flows.step import Now
from bridge.flows.submit.first_news import Stopping
from bridge.flows.submit.keys import IdempotencyKeys
from bridge.flows.submit.submit import Submit
from bridge.flows.submit.waiting import Waiting
from bridge.running.accounts import RunningAccounts
from bridge.running.known_accounts import KnownAccounts
from bridge.store.database import Database
from bridge.store.sqlite.migrations import newest


@asynccontextmanager
async def served(
    *,
    settings: Settings,
    options: ServerOptions,
    foundation: Foundation,
    addresses: AllowedAddresses,
    client: CallbackClient,
    known_accounts: KnownAccounts,
    configure: Configure,
    feed: Feed,
    mirror: Mirroring,
    open_submits: OpenSubmits,
    running_accounts: RunningAccounts,
    callers: Callers,
    doctor: Doctor,
    stop_work: Callable[[], None],
) -> AsyncIterator[int]:
    """Serve the API; on stop, close streams and answer waiting requests first, while all parts still run."""
    closing = Stopping()

    def close() -> None:
        closing.has_begun = True
        foundation.notifier.notify("closing")
        feed.close()
        stop_work()

    profile = profile_of(settings)
    admitted = AdmittedDatabase(foundation.database, foundation.clock)
    submit = Submit(
        database=admitted,
        accounts=foundation.accounts,
        notifier=foundation.notifier,
        clock=foundation.clock,
        running_accounts=known_accounts,
        profile=profile,
        patience_s=settings.jobs.patience_s,
        closing=closing,
        is_least_loaded=settings.jobs.choice == "least_loaded",
        machine=running_accounts.machine,
    )
    limit_ms = round(settings.jobs.queue_limit_s * 1000)
    waiting = Waiting(foundation.database, known_accounts, profile, limit_ms)
    outbox = Outbox(foundation.database, foundation.notifier, foundation.clock)
    resources = Resources(
        accounts=AccountResource(
            foundation.database, foundation.accounts, replace(configure, database=admitted)
        ),
        doctor=DoctorResource(foundation.database, foundation.accounts, doctor, known_accounts.condition),
        submits=SubmitResource(
            submit=submit,
            waiting=waiting,
            database=foundation.database,
            uploads=foundation.uploads,
            clock=foundation.clock,
            once=IdempotentRequests(IdempotencyKeys(admitted, foundation.clock)),
            open_submits=open_submits,
            outbox=outbox,
            addresses=addresses,
            most_bytes=settings.uploads.max_bytes,
            tracing=foundation.tracing,
            queue=settings.jobs.queue,
            queue_if_asked=settings.jobs.queue_if_asked,
        ),
        timeline=TimelineResource(foundation.database),
        statistics=StatisticsResource(foundation.database, foundation.clock),
        jobs=JobResource(foundation.database, mirror.links, _cancel(admitted, foundation), waiting),
        history=HistoryResource(foundation.database, mirror.links, [verb.name for verb in profile.verbs]),
        tenants=TenantResource(admitted, addresses),
        callbacks=CallbackResource(
            admitted, replace(outbox, database=admitted), foundation.clock, foundation.webhook_secrets
        ),
        callback_test=CallbackTestResource(
            SampleSender(
                client,
                admitted,
                foundation.webhook_secrets,
                foundation.clock,
                settings.callbacks.timeout_s,
            )
        ),
        events=EventResource(feed, foundation.clock, callers.streams),
        health=HealthResource(
            foundation.database,
            foundation.clock,
            known_accounts.condition,
            known_accounts.unmatched,
            mirror.condition,
        ),
    )
    readiness = Readiness(
        foundation.database,
        foundation.clock,
        known_accounts.condition,
        lambda: closing.has_begun,
        newest(),
    )
    probes = Probes(foundation.loop_lag, readiness)
    scrape = Scrape(
        foundation.database,
        foundation.clock,
        foundation.metrics,
        lambda: map(running_accounts.condition, running_accounts.running()),
        lambda: callers.streams.total,
    )
    metrics = MetricsPage(
        scrape.text, foundation.metrics.http, foundation.clock, is_open=settings.server.metrics == "open"
    )
    async with serving(
        table(resources, profile.verbs), callers, options, close, mirror.files, probes, metrics
    ) as port:
        yield port


def _cancel(database: Database, foundation: Foundation) -> Cancel:
    return Cancel(database, foundation.notifier, lambda: Now(foundation.clock.now_ms()))
