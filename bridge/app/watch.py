"""Reports conditions of accounts on the stream, and to the operator's URL if there is one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.access.tenant import DEFAULT
from bridge.accounts.condition import Condition
from bridge.api.health import condition_json
from bridge.app.foundation import Foundation
from bridge.callbacks.addresses import AllowedAddresses
from bridge.callbacks.client import callback_client
from bridge.callbacks.connector import AddressRefused, AllowedNames
from bridge.callbacks.names import Names
from bridge.callbacks.receiver_url import on_the_wire
from bridge.callbacks.signing import signed
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError
from bridge.feed.live import Feed, Notice
from bridge.running.alerts import Alerts, AlertTarget
from bridge.running.conditions import Change, Conditions
from bridge.store.leader import Work, side_by_side

log = structlog.get_logger(__name__)

NAME_S: Final = 3.0
"""How long the start waits for the host of `alerts.url` to be resolved."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What reports changes: to the streams of each process, and what only one process does."""

    run: Work
    led: Sequence[Work] = ()


async def check_alerts_url(settings: Settings, addresses: AllowedAddresses) -> None:
    """Refuse an `alerts.url` whose host has no allowed address; raises `ConfigurationError`.

    A name that does not resolve is not refused: it may do so later.
    """
    if settings.alerts.url is None:
        return
    host = on_the_wire(settings.alerts.url).raw_host or ""
    names = AllowedNames(Names(), addresses)
    try:
        async with asyncio.timeout(NAME_S):
            await names.resolve(host)
    except AddressRefused as error:
        raise ConfigurationError(f"alerts.url: leads to {host}, but {error}.") from error
    except OSError as error:  # a TimeoutError too
        log.warning("alerts_host_was_not_found", host=host, reason=str(error))


@asynccontextmanager
async def watching(
    settings: Settings,
    foundation: Foundation,
    feed: Feed,
    condition: Callable[[int], Condition | None],
    addresses: AllowedAddresses,
) -> AsyncIterator[Watch]:
    """Yield what reports changes; `condition` returns the condition of an account."""

    def notice(change: Change) -> None:
        feed.publish(Notice(change.tenant, change.channel, _body(change)))

    if settings.alerts.url is None:
        yield Watch(_conditions(foundation, condition, notice).run)
        return
    async with callback_client(addresses) as client:
        target = AlertTarget(settings.alerts.url, _body, _signing(foundation), settings.callbacks.timeout_s)

        async def alert() -> None:
            """Go on where the process stopped that led before, or this one before its restart."""
            alerts = Alerts(
                foundation.database,
                foundation.clock,
                foundation.notifier,
                client,
                target,
                foundation.tracing,
            )
            conditions = _conditions(foundation, condition, alerts.queue, known=await alerts.begin())
            await side_by_side(conditions.run, alerts.run)

        yield Watch(_conditions(foundation, condition, notice).run, (alert,))


def _conditions(
    foundation: Foundation,
    condition: Callable[[int], Condition | None],
    tell: Callable[[Change], None],
    known: Collection[tuple[str, str]] = (),
) -> Conditions:
    return Conditions(foundation.database, foundation.notifier, foundation.clock, condition, (tell,), known)


def _signing(foundation: Foundation) -> Callable[[str, str, bytes], Awaitable[Mapping[str, str]]]:
    """Return a function that signs an alert like the callbacks of the default tenant."""

    async def headers(_tenant: str, alert: str, body: bytes) -> Mapping[str, str]:
        now_ms = foundation.clock.now_ms()
        found = await foundation.database.read(
            lambda tx: foundation.webhook_secrets.signing(tx, DEFAULT, now_ms)
        )
        return signed(alert, now_ms, body, [secret.text for secret in found])

    return headers


def _body(change: Change) -> bytes:
    return condition_json(change.channel, change.condition, is_paused=change.is_paused)
