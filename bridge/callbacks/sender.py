"""Delivers the outbox: claims due deliveries, POSTs them, stores the outcomes. No receiver delays another."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import Final

import structlog
from structlog.contextvars import bound_contextvars

from bridge.callbacks.attempt import AttemptResult, post
from bridge.callbacks.claims import ClaimedDelivery, Claimer, Claims, Content, Due, release
from bridge.callbacks.client import CallbackClient
from bridge.callbacks.format import CallbackFormat
from bridge.callbacks.receiver_limits import LimitsSnapshot, ReceiverLimits
from bridge.callbacks.schedule import asked_pause_s, next_pause_s
from bridge.callbacks.signing import signed
from bridge.grace import CALLBACKS_S, LEASES_S
from bridge.metrics.callbacks import CallbackMetrics
from bridge.ports import Clock, Notifier
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import deliveries
from bridge.store.rows.deliveries import Delivery
from bridge.store.rows.events import Event
from bridge.tracing.tracing import NO_TRACING, Attributes, Origin, Sending, Tracing

log = structlog.get_logger(__name__)

AT_ONCE: Final = 64
"""How many deliveries one transaction claims."""
UNDER_WAY: Final = 1_000
POLL_S: Final = 30.0
AFTER_ERROR_MS: Final = 1_000
SET_BACK_MS: Final = 1_000
"""A clock that goes back by more than this between two queries was set back, not only adjusted."""
NOT_MADE: Final = AttemptResult(None, "internal error, see the log")
NOT_KEPT: Final = AttemptResult(None, "its event is no longer kept, or its tenant was removed")


@dataclass(frozen=True, slots=True)
class Settled:
    """Whether the job has more pending deliveries after an attempt, and whether this one is given up."""

    is_more_owed: bool
    is_given_up: bool


class CallbackSender:
    """Sends pending deliveries until cancelled, to each receiver within its limits."""

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        clock: Clock,
        client: CallbackClient,
        wire: CallbackFormat,
        metrics: CallbackMetrics | None = None,
        tracing: Tracing = NO_TRACING,
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self._client = client
        self._wire = wire
        self._metrics = metrics or CallbackMetrics()
        self._tracing = tracing
        self._claims = Claims(wire)
        self._chance = random.SystemRandom()
        self._rooms = ReceiverLimits()
        self._ahead_ms = clock.now_ms() - clock.monotonic_ms()
        self._look_ms: float = clock.monotonic_ms()
        self._attempts: dict[asyncio.Task[None], ClaimedDelivery] = {}
        self._to_release: list[tuple[Sequence[str], Claimer]] = []

    async def run(self) -> None:
        """Claim and send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            try:
                await self._claim_and_send(tasks)
            except asyncio.CancelledError:
                await self._finish()
                raise

    async def _claim_and_send(self, tasks: asyncio.TaskGroup) -> None:
        now_ms = self._clock.now_ms()
        with suppress(StoreUnavailable):  # a claim expires anyway, only later
            await self._database.write(lambda tx: deliveries.release_all(tx, now_ms))
        with self._notifier.subscribe("deliveries") as subscription:
            while True:
                await subscription.wait(await self._send_due(tasks, subscription.payloads()))

    async def _finish(self) -> None:
        """Wait for the attempts in progress, for a limited time; let others have what is cut or not begun."""
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=CALLBACKS_S)
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(LEASES_S):
                await self._cut_attempts()
                await self._release()

    async def _cut_attempts(self) -> None:
        """End the attempts in progress; a receiver that has got a callback already may get it again."""
        cut = dict(self._attempts)
        for attempt in cut:
            attempt.cancel()
        if cut:
            await asyncio.wait(cut)
        self._to_release += [([each.delivery.receiver], each.claimer) for each in cut.values()]

    async def _send_due(self, tasks: asyncio.TaskGroup, payloads: Sequence[object]) -> float:
        """Start attempts for all due deliveries; return how long until the next one is due.

        Notifications may name the receivers of deliveries that have just become due: those are claimed
        without a query. A query that is due is never postponed by them.
        """
        began_ms = self._clock.monotonic_ms()
        try:
            await self._release()
            await self._follow_clock()
            room, now_ms = self._snapshot(), self._clock.now_ms()
            named = {one for one in payloads if isinstance(one, str)}
            is_early = began_ms < self._look_ms
            if payloads and is_early and None not in payloads and not named & room.failing.keys():
                pause_ms = min(
                    self._look_ms - began_ms, await self._send_to(tasks, room.healthy(named), room, now_ms)
                )
            else:
                pause_ms = await self._look(tasks)
        except StoreUnavailable as error:
            log.warning("outbox_was_not_read", reason=str(error))
            pause_ms = AFTER_ERROR_MS
        self._look_ms = began_ms + min(pause_ms, POLL_S * 1000)
        return max(0.0, (self._look_ms - self._clock.monotonic_ms()) / 1000)

    async def _send_to(
        self, tasks: asyncio.TaskGroup, shares: Mapping[str, int], room: LimitsSnapshot, now_ms: int
    ) -> float:
        """Send due deliveries to these receivers, within their limits; return when to query again (ms)."""
        due = Due({receiver: share for receiver, share in shares.items() if share > 0}, {}, inf)
        if due.is_nothing or room.most <= 0:
            return inf  # the end of an attempt notifies
        claimed, pause_ms = await self._claim(due, room, now_ms)
        self._begin_all(tasks, claimed)
        return pause_ms

    async def _look(self, tasks: asyncio.TaskGroup) -> float:
        """Query all due deliveries, the newest first, and send them; return when to query again (ms).

        The query is a read: a write waits for the disk, and most queries find nothing to claim.
        """
        pause_ms = inf
        for is_fresh_first in (True, False):
            room, now_ms = self._snapshot(), self._clock.now_ms()
            if room.most <= 0:
                return inf  # the end of an attempt notifies
            due = await self._due(room, now_ms, is_fresh_first=is_fresh_first)
            pause_ms = due.pause_ms
            if due.is_nothing:
                break
            claimed, pause_ms = await self._claim(due, room, now_ms)
            self._begin_all(tasks, claimed)
        return pause_ms

    async def _follow_clock(self) -> None:
        """Handle a clock that was set back: pending deliveries become due after the same time as before."""
        ahead_ms = self._clock.now_ms() - self._clock.monotonic_ms()
        back_ms = self._ahead_ms - ahead_ms
        if back_ms > SET_BACK_MS:
            await self._database.write(lambda tx: deliveries.bring_forward(tx, back_ms))
        self._ahead_ms = ahead_ms

    def _snapshot(self) -> LimitsSnapshot:
        known = self._rooms.now(self._clock.monotonic_ms(), AT_ONCE, UNDER_WAY)
        return replace(
            known,
            open_submits=self._wire.open_submits(),
            answered_submits=self._wire.answered_submits(),
        )

    async def _due(self, room: LimitsSnapshot, now_ms: int, *, is_fresh_first: bool) -> Due:
        """Find what may be claimed; newly due deliveries do not wait until all others are read."""
        return await self._database.read(
            lambda tx: self._claims.due(tx, room, now_ms, is_fresh_first=is_fresh_first)
        )

    async def _claim(
        self, due: Due, room: LimitsSnapshot, now_ms: int
    ) -> tuple[Sequence[ClaimedDelivery], float]:
        """Claim for all receivers below their limit, then a failing one; return when to query again (ms)."""
        claimer = self._claims.claimer(now_ms)
        try:
            return await self._database.write(lambda tx: self._claims.claim(tx, due, room, claimer))
        except (StoreUnavailable, asyncio.CancelledError):
            self._to_release.append((due.receivers, claimer))
            raise

    async def _release(self) -> None:
        """Release what was claimed, or may have been, and is not attempted."""
        while self._to_release:
            receivers, claimer = self._to_release[0]
            await self._database.write(partial(release, receivers=receivers, claimer=claimer))
            self._to_release.pop(0)

    def _begin_all(self, tasks: asyncio.TaskGroup, claimed: Sequence[ClaimedDelivery]) -> None:
        for each in claimed:
            self._begin(tasks, each)

    def _begin(self, tasks: asyncio.TaskGroup, claimed: ClaimedDelivery) -> None:
        delivery = claimed.delivery
        self._rooms.begin(delivery.id, delivery.receiver, self._clock.monotonic_ms())
        attempt = tasks.create_task(self._sent(claimed), name=f"callback-{delivery.id}")
        self._attempts[attempt] = claimed
        attempt.add_done_callback(self._attempts.pop)

    async def _sent(self, claimed: ClaimedDelivery) -> None:
        """Make one attempt; then query again if something may have waited for its end."""
        delivery, is_more_owed = claimed.delivery, True
        try:
            with bound_contextvars(job_id=delivery.job, delivery=delivery.id):
                is_more_owed = await self._attempt_safely(claimed)
        finally:
            has_made_room = self._rooms.end(delivery.id, delivery.receiver)
            if is_more_owed or has_made_room:
                self._notifier.notify("deliveries")
            self._notifier.notify("callbacks")

    async def _attempt_safely(self, claimed: ClaimedDelivery) -> bool:
        """Return what `_attempt` does; whatever it raises, there may be more to send."""
        try:
            return await self._attempt(claimed)
        except StoreUnavailable as error:
            log.warning("callback_was_not_settled", reason=str(error))
        except Exception:
            log.exception("callback_failed")
            await self._count_safely(claimed.delivery)
        return True

    async def _count_safely(self, delivery: Delivery) -> None:
        """Count an attempt that raised as failed; otherwise it would be claimed forever.

        If this raises too, the claim expires: the delivery is attempted again then.
        """
        now_ms = self._clock.now_ms()
        try:
            settled = await self._database.write(
                lambda tx: self._settle(tx, delivery, NOT_MADE, now_ms, now_ms, 0)
            )
            self._tell_given_up(delivery, NOT_MADE, settled)
        except StoreUnavailable as error:
            log.warning("callback_was_not_settled", reason=str(error))
        except Exception:
            log.exception("callback_was_not_settled")

    async def _attempt(self, claimed: ClaimedDelivery) -> bool:
        """Send a delivery and store the outcome; return whether its job has more pending deliveries."""
        delivery, content = claimed.delivery, claimed.content
        if not isinstance(content, Content):
            raise content
        if content.event is None or not content.secrets:
            now_ms = self._clock.now_ms()
            await self._database.write(lambda tx: deliveries.settle(tx, delivery, "given_up", now_ms))
            self._tell_given_up(delivery, NOT_KEPT, Settled(is_more_owed=True, is_given_up=True))
            return True
        body = self._wire.encode(await self._wire.renewed(content.event))
        if self._clock.now_ms() >= delivery.claim_ms:
            log.warning("callback_claim_ran_out")
            return True
        began_ms, since_ms = self._clock.now_ms(), self._clock.monotonic_ms()
        span = self._span_of(delivery, content.event)
        headers = {"Content-Type": "application/json", **signed(delivery.id, began_ms, body, content.secrets)}
        result = await post(
            self._client, delivery.url, body, {**headers, **span.headers}, self._wire.timeout_s
        )
        span.end(result.status, result.error)
        has_failed = not (result.is_delivered or result.is_gone)
        others_waited = self._rooms.free(delivery.id, delivery.receiver)
        self._rooms.note(delivery.receiver, self._clock.monotonic_ms(), has_failed=has_failed)
        if others_waited:
            self._notifier.notify("deliveries")
        ended_ms = self._clock.now_ms()
        took_ms = 0 if result.is_not_found else self._clock.monotonic_ms() - since_ms
        settled = await self._database.write(
            lambda tx: self._settle(tx, delivery, result, began_ms, ended_ms, took_ms)
        )
        log.info("callback_attempted", status=result.status, error=result.error)
        self._count(result, content.event, took_ms, ended_ms)
        self._tell_given_up(delivery, result, settled)
        return settled.is_more_owed

    def _span_of(self, delivery: Delivery, event: Event) -> Sending:
        about: Attributes = {"server.address": delivery.receiver, "http.request.resend_count": delivery.tries}
        return self._tracing.sending("callback", Origin(event.job.id, event.job.traceparent), about)

    def _count(self, result: AttemptResult, event: Event, took_ms: int, ended_ms: int) -> None:
        self._metrics.attempted(result.status, took_ms / 1000, is_delivered=result.is_delivered)
        if result.is_delivered:
            self._metrics.delivered_after((ended_ms - event.at_ms) / 1000)

    def _tell_given_up(self, delivery: Delivery, result: AttemptResult, settled: Settled) -> None:
        if settled.is_given_up:
            self._metrics.given_up()
            _log_given_up(delivery, result)

    def _settle(
        self, tx: Tx, delivery: Delivery, result: AttemptResult, began_ms: int, now_ms: int, took_ms: int
    ) -> Settled:
        """Store the outcome of an attempt; nothing if the delivery is not this sender's any more."""
        asked_s = asked_pause_s(result.retry_after, now_ms)
        pause_s = next_pause_s(delivery.tries + 1, self._wire.pauses_s, self._chance, asked_s)
        if result.is_delivered or result.is_gone or pause_s is None:
            outcome = "delivered" if result.is_delivered else "given_up"
            state = deliveries.settle(tx, delivery, outcome, now_ms)
        else:
            state = deliveries.settle(tx, delivery, "pending", now_ms + round(pause_s * 1000))
        if state is not None:
            told, error = result.status, result.error
            deliveries.attempted(
                tx, delivery.id, at_ms=began_ms, status=told, duration_ms=took_ms, error=error
            )
        return Settled(deliveries.has_pending(tx, delivery.job), state == "given_up")


def _log_given_up(delivery: Delivery, result: AttemptResult) -> None:
    """Warn of a given up callback, with the receiver's host only: the URL may contain a secret."""
    log.warning(
        "callback_given_up",
        receiver=delivery.receiver,
        attempts=delivery.tries + 1,
        status=result.status,
    )
