"""The outbox at work: claims what is due, POSTs it, settles. A slow receiver delays no other."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
import structlog
from yarl import URL

from bridge.callbacks.attempt import Went, post
from bridge.callbacks.schedule import next_pause_s
from bridge.ports import Bells, Clock
from bridge.store import deliveries, events
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.deliveries import Delivery
from bridge.store.events import Event

log = structlog.get_logger(__name__)

AT_MOST: Final = 64
PER_RECEIVER: Final = 4
POLL_S: Final = 30.0
FINISH_S: Final = 4.0
CLAIM_MS: Final = 30_000
"""How long a claim lasts: a delivery that a crash left behind is claimed again after that."""


async def _as_it_is(event: Event) -> Event:
    return event


@dataclass(frozen=True, slots=True)
class Wire:
    """How callbacks are sent: bodies, headers, one attempt's limit and the pauses between (seconds).

    `renewed` gives an event links that work.
    """

    encode: Callable[[Event], bytes]
    headers: Callable[[Delivery, bytes], Mapping[str, str]]
    timeout_s: float
    pauses_s: Sequence[float]
    renewed: Callable[[Event], Awaitable[Event]] = _as_it_is


class Sender:
    """Sends what the outbox owes until cancelled."""

    def __init__(
        self, database: Database, bells: Bells, clock: Clock, client: aiohttp.ClientSession, wire: Wire
    ) -> None:
        self._database = database
        self._bells = bells
        self._clock = clock
        self._client = client
        self._wire = wire
        self._chance = random.SystemRandom()
        self._under_way: set[str] = set()
        self._attempts: set[asyncio.Task[None]] = set()
        self._doors: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(PER_RECEIVER)
        )

    async def run(self) -> None:
        """Claim and send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            try:
                await self._claim_and_send(tasks)
            except asyncio.CancelledError:
                await self._finish()
                raise

    async def _claim_and_send(self, tasks: asyncio.TaskGroup) -> None:
        await self._database.write(deliveries.release)
        with self._bells.listen("deliveries") as ear:
            while True:
                await ear.wait(await self._send_due(tasks))

    async def _finish(self) -> None:
        """Let the attempts that are under way come to their end, for a while."""
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=FINISH_S)

    async def _send_due(self, tasks: asyncio.TaskGroup) -> float:
        """Start an attempt for all that is due; return how long until something is due again."""
        try:
            claimed = await self._database.write(self._claimed)
            due_ms = await self._database.read(deliveries.next_due_ms)
        except StoreUnavailable as error:
            log.warning("outbox_was_not_read", reason=str(error))
            return 1.0
        for delivery in claimed:
            self._under_way.add(delivery.id)
            attempt = tasks.create_task(self._sent(delivery), name=f"callback-{delivery.id}")
            self._attempts.add(attempt)
            attempt.add_done_callback(self._attempts.discard)
        if due_ms is None or not self._free():
            return POLL_S
        return min(POLL_S, max(0.0, (due_ms - self._clock.now_ms()) / 1000))

    def _claimed(self, tx: Tx) -> list[Delivery]:
        now_ms = self._clock.now_ms()
        found = deliveries.claim(tx, now_ms, now_ms + CLAIM_MS, min(AT_MOST, self._free()))
        return [delivery for delivery in found if delivery.id not in self._under_way]

    def _free(self) -> int:
        """Return how many attempts there is room for; who ends one rings the bell."""
        return max(0, AT_MOST * 4 - len(self._under_way))

    async def _sent(self, delivery: Delivery) -> None:
        try:
            async with self._doors[_receiver(delivery.url)]:
                await self._attempt(delivery)
        except Exception:
            log.exception("callback_failed", delivery=delivery.id)
        finally:
            self._under_way.discard(delivery.id)
            self._bells.ring("deliveries")

    async def _attempt(self, delivery: Delivery) -> None:
        event = await self._database.read(lambda tx: events.at(tx, delivery.position))
        if event is None:
            await self._database.write(lambda tx: deliveries.settle(tx, delivery.id, "given_up", 0))
            return
        body = self._wire.encode(await self._wire.renewed(event))
        began_ms = self._clock.now_ms()
        headers = {"Content-Type": "application/json", **self._wire.headers(delivery, body)}
        went = await post(self._client, delivery.url, body, headers, self._wire.timeout_s)
        await self._database.write(lambda tx: self._settle(tx, delivery, went, began_ms))
        log.info("callback_attempted", delivery=delivery.id, status=went.status, error=went.error)

    def _settle(self, tx: Tx, delivery: Delivery, went: Went, began_ms: int) -> None:
        now_ms = self._clock.now_ms()
        deliveries.attempted(
            tx,
            delivery.id,
            at_ms=began_ms,
            status=went.status,
            duration_ms=now_ms - began_ms,
            error=went.error,
        )
        pause_s = next_pause_s(delivery.tries + 1, self._wire.pauses_s, self._chance)
        if went.is_delivered:
            deliveries.settle(tx, delivery.id, "delivered", now_ms)
        elif pause_s is None:
            deliveries.settle(tx, delivery.id, "given_up", now_ms)
        else:
            deliveries.settle(tx, delivery.id, "pending", now_ms + round(pause_s * 1000))


def _receiver(url: str) -> str:
    parsed = URL(url, encoded=True)
    return f"{parsed.host}:{parsed.port}"
