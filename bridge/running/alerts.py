"""POSTs condition changes of accounts to the operator: the newest one of each, with few retries.

What was delivered is stored. A process that ends between the two leaves it to be told once more.
"""

import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

import structlog
from structlog.contextvars import bound_contextvars

from bridge.accounts.condition import Condition, Standing
from bridge.callbacks.attempt import post
from bridge.callbacks.client import CallbackClient
from bridge.ports import MINUTE_MS, Clock, Notifier
from bridge.running.conditions import REMOVED, Change
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import alerts as rows
from bridge.store.rows.alerts import Told
from bridge.tracing.tracing import NO_TRACING, Tracing

log = structlog.get_logger(__name__)

SETTLE_MS: Final = 30_000
"""How long an account has to recover by itself before an alert."""
REST_MS: Final = MINUTE_MS
"""The minimum time between two alerts about one account."""
PAUSES_S: Final = (5.0, 30.0, 120.0, 600.0)
AWAY_MS: Final = 5_000
"""The pause before what needs the database is tried again: to sign an alert, or to store that it was told."""
MOST: Final = 1_000
"""How many alerts may wait. Beyond that, a tenant with fewer of them takes the room of one with more."""
IDLE_S: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Alert:
    """A pending alert about an account; `id` is the same for all its attempts.

    `absent_after_ms` is the end of the account's time to recover; times are the monotonic clock's.
    """

    id: str
    change: Change
    absent_after_ms: int
    due_ms: int
    tries: int = 0


@dataclass(frozen=True, slots=True)
class AlertTarget:
    """How alerts are sent: the URL, bodies, headers by tenant, id and body, the limit of an attempt."""

    url: str
    encode: Callable[[Change], bytes]
    headers: Callable[[str, str, bytes], Awaitable[Mapping[str, str]]]
    timeout_s: float


class Alerts:
    """Sends alerts. A newer alert replaces a pending one; after the last attempt it is discarded."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        notifier: Notifier,
        client: CallbackClient,
        target: AlertTarget,
        tracing: Tracing = NO_TRACING,
    ) -> None:
        self._database = database
        self._clock = clock
        self._notifier = notifier
        self._client = client
        self._target = target
        self._tracing = tracing
        self._waiting: dict[tuple[str, str], Alert] = {}
        self._newest: dict[tuple[str, str], Change] = {}
        self._told: dict[tuple[str, str], tuple[Standing, int]] = {}
        self._unstored: Change | None = None

    async def begin(self) -> Collection[tuple[str, str]]:
        """Go on from what was told before, as soon as the database says it; return of whom that was."""
        while True:
            try:
                told = await self._database.read(rows.every)
                break
            except StoreUnavailable as error:
                log.warning("alerts_are_waiting", reason=str(error))
                await self._clock.sleep(AWAY_MS / 1000)
        for one in told:
            ago_ms = min(max(self._clock.now_ms() - one.told_ms, 0), REST_MS)
            self._told[one.tenant, one.channel] = one.standing, self._clock.monotonic_ms() - ago_ms
        return self._told.keys()

    def queue(self, change: Change) -> None:
        """Queue a change, unless the condition is the last reported one, or `connected` at first."""
        key = change.tenant, change.channel
        standing, told_ms = self._told.get(key, (Standing.CONNECTED, None))
        before = self._waiting.pop(key, None)
        self._newest[key] = change
        if change.condition.standing is not standing and self._has_room(change.tenant):
            absent_after_ms = self._settled_ms(before, change.condition)
            due_ms = absent_after_ms if told_ms is None else max(absent_after_ms, told_ms + REST_MS)
            self._waiting[key] = Alert(f"msg_{secrets.token_hex(16)}", change, absent_after_ms, due_ms)
            self._notifier.notify("alerts")

    async def run(self) -> None:
        """Send alerts until cancelled."""
        with self._notifier.subscribe("alerts") as subscription:
            while True:
                await subscription.wait(await self.send_due())

    async def send_due(self) -> float:
        """Store what was told, and attempt the first due alert; return how many seconds until one is due."""
        try:
            await self._store_told()
        except StoreUnavailable as error:
            log.warning("told_alert_was_not_stored", reason=str(error))
            return AWAY_MS / 1000
        key = min(self._waiting, key=lambda key: self._left_ms(self._waiting[key]), default=None)
        if key is None:
            return IDLE_S
        alert = self._waiting[key]
        left_ms = self._left_ms(alert)
        if left_ms > 0:
            return left_ms / 1000
        with bound_contextvars(channel=alert.change.channel):
            await self._attempt_safely(key, alert)
        return 0.0

    async def _attempt_safely(self, key: tuple[str, str], alert: Alert) -> None:
        try:
            await self._attempt(key, alert)
        except StoreUnavailable as error:
            log.warning("alert_is_waiting", reason=str(error))
            self._postpone(key, alert, AWAY_MS, alert.tries)
        except Exception:
            log.exception("alert_failed")
            self._discard(key, alert)

    def _has_room(self, tenant: str) -> bool:
        """Make room for an alert of a tenant; False if no other tenant has more than one more waiting."""
        if len(self._waiting) < MOST:
            return True
        counts = Counter(key[0] for key in self._waiting)
        largest, count = counts.most_common(1)[0]
        if count <= counts[tenant] + 1:
            return False
        last = next(key for key in reversed(self._waiting) if key[0] == largest)
        log.warning("alert_was_pushed_out", channel=last[1])
        del self._waiting[last]
        return True

    def _left_ms(self, alert: Alert) -> int:
        """Return how long an alert still waits, 0 or less if it is due."""
        return alert.due_ms - self._clock.monotonic_ms()

    def _settled_ms(self, before: Alert | None, condition: Condition) -> int:
        """Return the end of an account's time to recover; for a pending alert it is not extended."""
        if condition.is_unusable or condition.is_connected:
            return self._clock.monotonic_ms()
        if before is not None and before.change.condition.standing is condition.standing:
            return before.absent_after_ms
        return self._clock.monotonic_ms() + SETTLE_MS

    async def _attempt(self, key: tuple[str, str], alert: Alert) -> None:
        body = self._target.encode(alert.change)
        signed = await self._target.headers(key[0], alert.id, body)
        span = self._tracing.sending("alert", None, {"pixverse.tenant": key[0], "pixverse.channel": key[1]})
        headers = {"Content-Type": "application/json", **signed, **span.headers}
        went = await post(self._client, self._target.url, body, headers, self._target.timeout_s)
        span.end(went.status, went.error)
        log.info("alert_attempted", status=went.status, error=went.error)
        if went.is_delivered:
            self._told[key] = alert.change.condition.standing, self._clock.monotonic_ms()
            self._unstored = alert.change
            self.queue(self._newest[key])
        elif alert.tries >= len(PAUSES_S):
            log.warning("alert_was_given_up", tries=alert.tries + 1)
            self._discard(key, alert)
        else:
            self._postpone(key, alert, round(PAUSES_S[alert.tries] * 1000), alert.tries + 1)

    def _postpone(self, key: tuple[str, str], alert: Alert, pause_ms: int, tries: int) -> None:
        """Attempt an alert again later, unless a newer one has replaced it."""
        if self._waiting.get(key) is alert:
            due_ms = self._clock.monotonic_ms() + pause_ms
            self._waiting[key] = replace(alert, due_ms=due_ms, tries=tries)

    def _discard(self, key: tuple[str, str], alert: Alert) -> None:
        """Discard an alert, unless a newer one has replaced it."""
        if self._waiting.get(key) is alert:
            del self._waiting[key]

    async def _store_told(self) -> None:
        """Store what was told last, before anything else is told."""
        change, now_ms = self._unstored, self._clock.now_ms()
        if change is not None:
            await self._database.write(lambda tx: _store(tx, change, now_ms))
            self._unstored = None


def _store(tx: Tx, told: Change, now_ms: int) -> None:
    condition = told.condition
    if condition.is_connected or condition.reason == REMOVED:
        rows.forget(tx, told.tenant, told.channel)
    else:
        rows.keep(tx, Told(told.tenant, told.channel, condition.standing, now_ms))
