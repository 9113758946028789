"""Notifications between the processes that share a database: LISTEN and NOTIFY carry their names.

A payload stays in its process: others look at the database. Nothing depends on a notification, so one that is
lost delays something, and is never made up for but once: after a new connection everybody is woken.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from functools import partial
from typing import Final

import psycopg
import structlog

from bridge.notifier import LocalNotifier
from bridge.ports import Clock, Subscription
from bridge.store.database import StoreUnavailable
from bridge.store.postgres.address import Address, address_of
from bridge.store.postgres.connection import cut
from bridge.store.postgres.lane import Lane
from bridge.store.postgres.transaction import Connection, first_line

log = structlog.get_logger(__name__)

CHANNEL: Final = "pixverse_bridge"
LOCAL: Final = frozenset(
    {
        *("alerts", "callbacks", "closing", "conditions", "deliveries", "downloads", "gap", "job"),
        *("moved", "own-leases", "placed", "slots"),
    }
)
"""Names, up to a colon, that concern only the process itself.

A process sends the callbacks that it enqueues: the others find them by themselves if it does not.
"""
OF_ONE: Final = frozenset({"account", "answered"})
"""Names that only one process waits for: if it is this one, no other must know."""
EVERYTHING: Final = "*"
MOST_NAMES: Final = 2_000
"""More names than these are sent as one notification for everybody."""
MOST_BYTES: Final = 7_500
"""PostgreSQL takes less than 8,000 bytes in one notification."""
GATHERING_S: Final = 0.01
"""How long a notification waits for others: a commit with a NOTIFY takes a lock of the whole server."""
LISTEN_S: Final = 1.0
"""How long the thread that listens waits at a time."""
LIMIT_S: Final = 5.0
PAUSE_S: Final = 0.5
TROUBLE: Final = (StoreUnavailable, psycopg.Error)


@asynccontextmanager
async def shared_notifier(url: str, local: LocalNotifier, clock: Clock) -> AsyncIterator["SharedNotifier"]:
    """Carry notifications while the context is open; what waits then is sent."""
    shared = SharedNotifier(local, address_of(url), clock)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(shared.run(), name="notify")
        try:
            yield shared
        finally:
            await shared.send_rest()
            running.cancel()


class SharedNotifier:
    """Wakes everyone in this process at once, and those in the others through the database."""

    def __init__(self, local: LocalNotifier, address: Address, clock: Clock) -> None:
        self._local = local
        self._clock = clock
        self._id = secrets.token_hex(8)
        self._listening = Lane(address, clock, "notify-listen")
        self._sending = Lane(address, clock, "notify-send")
        self._listens: Connection | None = None
        self._names: dict[str, None] = {}
        self._is_any = asyncio.Event()

    def notify(self, name: str, payload: object = None) -> None:
        """Wake all subscribers of `name`; those in other processes get no payload."""
        kind = name.partition(":")[0]
        is_ours_alone = kind in LOCAL or (kind in OF_ONE and self._local.has_subscribers(name))
        self._local.notify(name, payload)
        if not is_ours_alone:
            self._add(name)

    def subscribe(self, *names: str) -> AbstractContextManager[Subscription]:
        """Subscribe to any of `names` from now on."""
        return self._local.subscribe(*names)

    async def run(self) -> None:
        """Send and receive until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send_all(), name="notify-send")
                tasks.create_task(self._listen(), name="notify-listen")
        finally:
            if self._listens is not None:
                cut(self._listens)
            await self._listening.close()
            await self._sending.close()

    async def send_rest(self) -> None:
        """Send what still waits, once."""
        names, self._names = list(self._names), {}
        if names:
            await self._has_sent(names)

    def _add(self, name: str) -> None:
        if len(self._names) >= MOST_NAMES:
            self._names = {EVERYTHING: None}
        if EVERYTHING not in self._names:
            self._names[name] = None
        self._is_any.set()

    async def _send_all(self) -> None:
        while True:
            await self._is_any.wait()
            await self._clock.sleep(GATHERING_S)
            names, self._names = list(self._names), {}
            self._is_any.clear()
            if names and not await self._has_sent(names):
                for name in names:
                    self._add(name)
                await self._clock.sleep(PAUSE_S)

    async def _has_sent(self, names: Sequence[str]) -> bool:
        messages = list(messages_of(self._id, names))
        try:
            await self._sending.use(partial(_send, messages=messages), self._limit_ms())
        except TROUBLE as error:
            log.debug("notifications_wait", reason=first_line(error))
            return False
        return True

    async def _listen(self) -> None:
        """Receive until cancelled; after a new connection, wake everybody here."""
        is_failing = False
        while True:
            try:
                messages = await self._listening.use(self._next, self._limit_ms())
                is_failing = False
            except TROUBLE as error:
                if not is_failing:
                    log.warning("notifications_are_not_received", reason=first_line(error))
                is_failing = True
                await self._clock.sleep(PAUSE_S)
                continue
            for message in messages:
                self._receive(message)

    def _next(self, connection: Connection) -> Sequence[str]:
        """Return the next messages, in the thread of the connection."""
        if connection is not self._listens:
            connection.execute(f"LISTEN {CHANNEL}")
            self._listens = connection
            return [json.dumps(["", EVERYTHING])]
        return [each.payload for each in connection.notifies(timeout=LISTEN_S, stop_after=1)]

    def _receive(self, message: str) -> None:
        """Wake whom a message names; one that is none of this version's may be for everybody."""
        sender, *names = _names_in(message) or ["", EVERYTHING]
        if sender == self._id:
            return
        if EVERYTHING in names:
            self._local.notify_all()
            return
        for name in names:
            self._local.notify(name)

    def _limit_ms(self) -> int:
        return self._clock.monotonic_ms() + round(LIMIT_S * 1000)


def messages_of(sender: str, names: Sequence[str]) -> Iterator[str]:
    """Yield names as few messages, none of them too long, each behind its sender."""
    part: list[str] = []
    size = 0
    for name in names:
        length = len(json.dumps(name)) + 2
        if part and size + length > MOST_BYTES:
            yield json.dumps([sender, *part])
            part, size = [], 0
        part.append(name)
        size += length
    if part:
        yield json.dumps([sender, *part])


def _names_in(message: str) -> Sequence[str]:
    """Return the sender and the names of a message; nothing if it is none of this version's."""
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return []
    is_ours = isinstance(found, list) and all(isinstance(one, str) for one in found)
    return found if is_ours else []


def _send(connection: Connection, messages: Sequence[str]) -> None:
    connection.execute(
        "SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message", (CHANNEL, list(messages))
    )
