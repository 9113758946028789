"""Notifications within one process."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from bridge.ports import Clock

MOST_PAYLOADS: Final = 1_000


class LocalSubscription:
    """A subscription that one task at a time waits on; several notifications before a wait count as one.

    A wait is a future and a timer, because a task for each would cost too much.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._was_notified = False
        self._waking: asyncio.Future[None] | None = None
        self._payloads: list[object] = []

    def receive(self, payload: object = None) -> None:
        """Store a notification; if too many are pending, replace them by one without a payload."""
        self._was_notified = True
        if len(self._payloads) >= MOST_PAYLOADS:
            self._payloads = [None]
        self._payloads.append(payload)
        self._wake()

    async def wait(self, seconds: float) -> bool:
        """Return True on a notification, False after `seconds` of the clock."""
        if not self._was_notified:
            await self._rest(seconds)
        was_notified, self._was_notified = self._was_notified, False
        return was_notified

    def payloads(self) -> Sequence[object]:
        """Return the payloads since the last call; no wait returns for them any more."""
        found, self._payloads = self._payloads, []
        self._was_notified = False
        return found

    async def _rest(self, seconds: float) -> None:
        self._waking = asyncio.get_running_loop().create_future()
        limit = self._clock.call_later(seconds, self._wake)
        try:
            await self._waking
        finally:
            limit.cancel()
            self._waking = None

    def _wake(self) -> None:
        if self._waking is not None and not self._waking.done():
            self._waking.set_result(None)


class LocalNotifier:
    """Notifications for everyone in this process; `watches` get each payload of a name at once."""

    def __init__(self, clock: Clock, watches: Mapping[str, Callable[[object], None]] | None = None) -> None:
        self._clock = clock
        self._watches = watches or {}
        self._subscriptions: defaultdict[str, set[LocalSubscription]] = defaultdict(set)

    def notify(self, name: str, payload: object = None) -> None:
        """Wake everyone who has subscribed to `name`."""
        if (watch := self._watches.get(name)) is not None:
            watch(payload)
        for subscription in list(self._subscriptions.get(name, ())):
            subscription.receive(payload)

    def notify_all(self) -> None:
        """Wake every subscriber: notifications may have been missed."""
        for subscription in {each for those in self._subscriptions.values() for each in those}:
            subscription.receive()

    def has_subscribers(self, name: str) -> bool:
        """Return whether anyone has subscribed to `name`."""
        return name in self._subscriptions

    @contextmanager
    def subscribe(self, *names: str) -> Iterator[LocalSubscription]:
        """Subscribe to any of `names` while the context is open."""
        subscription = LocalSubscription(self._clock)
        for name in names:
            self._subscriptions[name].add(subscription)
        try:
            yield subscription
        finally:
            self._unsubscribe(subscription, names)

    def _unsubscribe(self, subscription: LocalSubscription, names: tuple[str, ...]) -> None:
        for name in names:
            self._subscriptions[name].discard(subscription)
            if not self._subscriptions[name]:
                del self._subscriptions[name]
