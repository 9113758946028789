"""The outbox at work: claims what is due, POSTs it, settles. A slow receiver delays no other."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf
from typing import Final

import structlog

from bridge.callbacks.attempt import AttemptResult, post
from bridge.callbacks.client import CallbackClient
from bridge.callbacks.receiver_limits import BREATH_MS, LimitsSnapshot, ReceiverLimits
from bridge.callbacks.schedule import asked_pause_s, next_pause_s
from bridge.callbacks.signing import signed
from bridge.errors import DataError
from bridge.grace import CALLBACKS_S
from bridge.ports import Clock, Notifier
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import deliveries, events
from bridge.store.rows.deliveries import Delivery
from bridge.store.rows.events import Event

log = structlog.get_logger(__name__)

AT_ONCE: Final = 64
"""How many deliveries one transaction claims."""
UNDER_WAY: Final = 1_000
FRESH_MS: Final = 1_000
"""How long something has been due at most that is looked for before all the rest."""
POLL_S: Final = 30.0
AFTER_ERROR_MS: Final = 1_000
SET_BACK_MS: Final = 1_000
"""By how much the clock must have gone back between two looks for it to have been set, not only trimmed."""
CLAIM_MS: Final = 30_000
"""How long a claim outlives the limit of an attempt: what a crash left behind is claimed again then."""
NOT_MADE: Final = AttemptResult(None, "internal error, see the log")
NOT_KEPT: Final = AttemptResult(None, "its event is no longer kept")


async def _as_it_is(event: Event) -> Event:
    return event


@dataclass(frozen=True, slots=True)
class CallbackFormat:
    """How callbacks are sent: bodies, secrets, one attempt's limit and the pauses between (seconds).

    `secrets` gives those that sign for a tenant now, `renewed` gives an event links that work, `unanswered`
    the jobs whose callbacks wait, and for how long (ms).
    """

    encode: Callable[[Event], bytes]
    secrets: Callable[[Tx, str, int], Sequence[str]]
    timeout_s: float
    pauses_s: Sequence[float]
    renewed: Callable[[Event], Awaitable[Event]] = _as_it_is
    unanswered: Callable[[], Mapping[str, int]] = dict


@dataclass(frozen=True, slots=True)
class Due:
    """For whom something can be claimed, with how much room each has; and when to look again (ms)."""

    healthy: Mapping[str, int]
    in_turn: Mapping[str, int]
    pause_ms: float

    @property
    def is_nothing(self) -> bool:
        """Nobody with room waits: there is nothing to write."""
        return not (self.healthy or self.in_turn)


@dataclass(frozen=True, slots=True)
class Content:
    """What a delivery tells (None: it is no longer kept), and what signs it."""

    event: Event | None
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that is to be sent now, and what it tells, or why that cannot be read."""

    delivery: Delivery
    content: Content | DataError | ValueError


@dataclass(frozen=True, slots=True)
class Settled:
    """What an attempt has left: whether more is owed of the job, and whether its delivery is given up."""

    is_more_owed: bool
    is_given_up: bool


class CallbackSender:
    """Sends what the outbox owes until cancelled, to each receiver as it has room (`callbacks.room`)."""

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        clock: Clock,
        client: CallbackClient,
        wire: CallbackFormat,
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self._client = client
        self._wire = wire
        self._chance = random.SystemRandom()
        self._rooms = ReceiverLimits()
        self._ahead_ms = clock.now_ms() - clock.monotonic_ms()
        self._look_ms: float = clock.monotonic_ms()
        self._attempts: set[asyncio.Task[None]] = set()

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
        with suppress(StoreUnavailable):  # a claim ends by itself, only later
            await self._database.write(lambda tx: deliveries.release_all(tx, now_ms))
        with self._notifier.subscribe("deliveries") as subscription:
            while True:
                await subscription.wait(await self._send_due(tasks, subscription.payloads()))

    async def _finish(self) -> None:
        """Let the attempts that are under way come to their end, for a while."""
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=CALLBACKS_S)

    async def _send_due(self, tasks: asyncio.TaskGroup, payloads: Sequence[object]) -> float:
        """Start an attempt for all that is due; return how long until something is again.

        Notifications may name the receivers of what has just become due: it is claimed without a look. A look
        that is due is never put off by them.
        """
        began_ms = self._clock.monotonic_ms()
        try:
            await self._follow_clock()
            room, now_ms = self._room(), self._clock.now_ms()
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
        """Send what is due to these receivers, as they have room; return when to look again (ms)."""
        due = Due({receiver: share for receiver, share in shares.items() if share > 0}, {}, inf)
        if due.is_nothing or room.most <= 0:
            return inf  # the end of an attempt notifies
        claimed, pause_ms = await self._claim(due, room, now_ms)
        self._begin_all(tasks, claimed)
        return pause_ms

    async def _look(self, tasks: asyncio.TaskGroup) -> float:
        """Look for all that is due, the fresh first, and send it; return when to look again (ms).

        Looking is a read: a write waits for the disk, and most looks find nothing to claim.
        """
        pause_ms = inf
        for is_fresh_first in (True, False):
            room, now_ms = self._room(), self._clock.now_ms()
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
        """Make up for a clock that was set back: what is owed is due as long from now as it was before."""
        ahead_ms = self._clock.now_ms() - self._clock.monotonic_ms()
        back_ms = self._ahead_ms - ahead_ms
        if back_ms > SET_BACK_MS:
            await self._database.write(lambda tx: deliveries.bring_forward(tx, back_ms))
        self._ahead_ms = ahead_ms

    def _room(self) -> LimitsSnapshot:
        known = self._rooms.now(self._clock.monotonic_ms(), AT_ONCE, UNDER_WAY)
        return replace(known, unanswered=self._wire.unanswered())

    async def _due(self, room: LimitsSnapshot, now_ms: int, *, is_fresh_first: bool) -> Due:
        """Find what may be claimed; what has just become due need not wait until all have been looked at."""

        def body(tx: Tx) -> Due:
            fresh = self._fresh(tx, room, now_ms) if is_fresh_first else {}
            return Due(fresh, {}, 0.0) if fresh else self._all(tx, room, now_ms)

        return await self._database.read(body)

    def _fresh(self, tx: Tx, room: LimitsSnapshot, now_ms: int) -> Mapping[str, int]:
        receivers = deliveries.receivers_since(tx, now_ms - FRESH_MS, now_ms)
        return self._waited_for(tx, room.healthy(receivers), room.most, now_ms)

    def _all(self, tx: Tx, room: LimitsSnapshot, now_ms: int) -> Due:
        receivers = deliveries.receivers(tx, now_ms)
        next_due_ms = (deliveries.next_due_ms(tx, now_ms) or inf) - now_ms
        return Due(
            healthy=self._waited_for(tx, room.healthy(receivers), room.most, now_ms),
            in_turn=self._waited_for(tx, room.in_turn(receivers), 1, now_ms),
            pause_ms=min(room.next_turn_in_ms(receivers), next_due_ms),
        )

    def _waited_for(self, tx: Tx, shares: Mapping[str, int], most: int, now_ms: int) -> Mapping[str, int]:
        """Return the receivers with room for whom something can be claimed, at most so many."""
        found: dict[str, int] = {}
        for receiver, share in shares.items():
            if len(found) < most and share > 0 and deliveries.is_claimable(tx, receiver, now_ms):
                found[receiver] = share
        return found

    async def _claim(
        self, due: Due, room: LimitsSnapshot, now_ms: int
    ) -> tuple[Sequence[ClaimedDelivery], float]:
        """Claim for all that have room, and for one that fails after them; return when to look again (ms)."""

        def body(tx: Tx) -> tuple[Sequence[ClaimedDelivery], float]:
            found = self._claimed_from(tx, due.healthy, room.most, room, now_ms)
            turn = self._claimed_from(tx, due.in_turn, min(1, room.most - len(found)), room, now_ms)
            claimed = [ClaimedDelivery(one, self._content(tx, one, now_ms)) for one in found + turn]
            if len(found) == room.most or self._is_more_due(tx, due.healthy, found, now_ms):
                return claimed, 0.0
            next_turn_in_ms = BREATH_MS if turn else due.pause_ms
            return claimed, min(next_turn_in_ms, (deliveries.next_due_ms(tx, now_ms) or inf) - now_ms)

        return await self._database.write(body)

    def _is_more_due(self, tx: Tx, shares: Mapping[str, int], found: Sequence[Delivery], now_ms: int) -> bool:
        """Tell whether a receiver that got its share has more due: ends of attempts have made room since."""
        got = Counter(delivery.receiver for delivery in found)
        full = (receiver for receiver, share in shares.items() if got[receiver] >= share)
        return any(deliveries.is_claimable(tx, receiver, now_ms) for receiver in full)

    def _claimed_from(
        self, tx: Tx, shares: Mapping[str, int], most: int, room: LimitsSnapshot, now_ms: int
    ) -> list[Delivery]:
        """Claim what these receivers have room for."""
        found: list[Delivery] = []
        for receiver, share in shares.items():
            found += self._claimed_for(tx, receiver, min(most - len(found), share), room, now_ms)
        return found

    def _claimed_for(
        self, tx: Tx, receiver: str, at_most: int, room: LimitsSnapshot, now_ms: int
    ) -> Sequence[Delivery]:
        """Claim what is due to a receiver: neither what is still under way, nor what waits for an answer.

        What waits is put off, and what stands behind it is looked at.
        """
        until_ms = now_ms + CLAIM_MS + round(self._wire.timeout_s * 1000)
        found: list[Delivery] = []
        under_way: list[Delivery] = []
        is_at_end = at_most <= 0
        while not is_at_end:
            is_at_end = True
            for delivery in deliveries.claim(tx, receiver, now_ms, until_ms, at_most - len(found)):
                if delivery.job in room.unanswered:
                    deliveries.postpone(tx, delivery.id, now_ms + room.unanswered[delivery.job])
                    is_at_end = False
                else:
                    (under_way if delivery.id in room.under_way else found).append(delivery)
        for delivery in under_way:
            deliveries.release(tx, delivery.id)
        return found

    def _begin_all(self, tasks: asyncio.TaskGroup, claimed: Sequence[ClaimedDelivery]) -> None:
        for each in claimed:
            self._begin(tasks, each)

    def _begin(self, tasks: asyncio.TaskGroup, claimed: ClaimedDelivery) -> None:
        delivery = claimed.delivery
        self._rooms.begin(delivery.id, delivery.receiver, self._clock.monotonic_ms())
        attempt = tasks.create_task(self._sent(claimed), name=f"callback-{delivery.id}")
        self._attempts.add(attempt)
        attempt.add_done_callback(self._attempts.discard)

    async def _sent(self, claimed: ClaimedDelivery) -> None:
        """Make one attempt; another look is taken where something may have waited for its end."""
        delivery, is_more_owed = claimed.delivery, True
        try:
            is_more_owed = await self._attempt(claimed)
        except StoreUnavailable as error:
            log.warning("callback_was_not_settled", delivery=delivery.id, reason=str(error))
        except Exception:
            log.exception("callback_failed", delivery=delivery.id)
            await self._count(delivery)
        finally:
            has_made_room = self._rooms.end(delivery.id, delivery.receiver)
            if is_more_owed or has_made_room:
                self._notifier.notify("deliveries")
            self._notifier.notify("callbacks")

    async def _count(self, delivery: Delivery) -> None:
        """Count an attempt that a defect ended as one that failed, or it would be claimed for ever."""
        now_ms = self._clock.now_ms()
        with suppress(StoreUnavailable):
            settled = await self._database.write(
                lambda tx: self._settle(tx, delivery, NOT_MADE, now_ms, now_ms, 0)
            )
            _log_given_up(delivery, NOT_MADE, settled)

    async def _attempt(self, claimed: ClaimedDelivery) -> bool:
        """Send a delivery and keep how that went; tell whether more is owed of its job."""
        delivery, content = claimed.delivery, claimed.content
        if not isinstance(content, Content):
            raise content
        if content.event is None:
            now_ms = self._clock.now_ms()
            await self._database.write(lambda tx: deliveries.settle(tx, delivery, "given_up", now_ms))
            _log_given_up(delivery, NOT_KEPT, Settled(is_more_owed=True, is_given_up=True))
            return True
        body = self._wire.encode(await self._wire.renewed(content.event))
        began_ms, since_ms = self._clock.now_ms(), self._clock.monotonic_ms()
        headers = {"Content-Type": "application/json", **signed(delivery.id, began_ms, body, content.secrets)}
        went = await post(self._client, delivery.url, body, headers, self._wire.timeout_s)
        has_failed = not (went.is_delivered or went.is_gone)
        others_waited = self._rooms.free(delivery.id, delivery.receiver)
        self._rooms.note(delivery.receiver, self._clock.monotonic_ms(), has_failed=has_failed)
        if others_waited:
            self._notifier.notify("deliveries")
        ended_ms, took_ms = self._clock.now_ms(), self._clock.monotonic_ms() - since_ms
        settled = await self._database.write(
            lambda tx: self._settle(tx, delivery, went, began_ms, ended_ms, took_ms)
        )
        log.info("callback_attempted", delivery=delivery.id, status=went.status, error=went.error)
        _log_given_up(delivery, went, settled)
        return settled.is_more_owed

    def _content(self, tx: Tx, delivery: Delivery, now_ms: int) -> Content | DataError | ValueError:
        """Return what a delivery tells; what cannot be read fails its attempt alone, which says why."""
        try:
            return Content(events.at(tx, delivery.position), self._wire.secrets(tx, delivery.tenant, now_ms))
        except (DataError, ValueError) as error:
            return error

    def _settle(
        self, tx: Tx, delivery: Delivery, went: AttemptResult, began_ms: int, now_ms: int, took_ms: int
    ) -> Settled:
        """Keep how an attempt went."""
        deliveries.attempted(
            tx,
            delivery.id,
            at_ms=began_ms,
            status=went.status,
            duration_ms=took_ms,
            error=went.error,
        )
        asked_s = asked_pause_s(went.retry_after, now_ms)
        pause_s = next_pause_s(delivery.tries + 1, self._wire.pauses_s, self._chance, asked_s)
        if went.is_delivered:
            state = deliveries.settle(tx, delivery, "delivered", now_ms)
        elif went.is_gone or pause_s is None:
            state = deliveries.settle(tx, delivery, "given_up", now_ms)
        else:
            state = deliveries.settle(tx, delivery, "pending", now_ms + round(pause_s * 1000))
        return Settled(deliveries.has_pending(tx, delivery.job), state == "given_up")


def _log_given_up(delivery: Delivery, went: AttemptResult, settled: Settled) -> None:
    """Warn of a callback that is given up: of its receiver only the host, a URL may hold a secret."""
    if settled.is_given_up:
        log.warning(
            "callback_given_up",
            delivery=delivery.id,
            job=delivery.job,
            receiver=delivery.receiver,
            attempts=delivery.tries + 1,
            status=went.status,
        )
