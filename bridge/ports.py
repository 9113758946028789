"""The two ports that every package may use, the clock and notifications, and spans of the clock's time."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS


class Timer(Protocol):
    """A call scheduled with `Clock.call_later`."""

    def cancel(self) -> None:
        """Cancel the call if it has not run yet."""
        ...


class Clock(Protocol):
    """The only source of time; times are milliseconds UTC, spans are seconds."""

    def now_ms(self) -> int:
        """Return the wall-clock time, which can be set: for times that are stored, shown or exchanged."""
        ...

    def monotonic_ms(self) -> int:
        """Return a time that only goes forward, for durations within this process; its zero is arbitrary."""
        ...

    def boottime_ms(self) -> int:
        """Return a monotonic time that also counts while the machine is suspended."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed on this clock."""
        ...

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` in the event loop after `seconds`, without a task."""
        ...


class Subscription(Protocol):
    """A subscription to some names: subscribe first, then read the store, then wait."""

    async def wait(self, seconds: float) -> bool:
        """Return True when there was a notification since the last wait, False after `seconds`."""
        ...

    def payloads(self) -> Sequence[object]:
        """Return the payloads since the last call, in order; None for a notification without one.

        A later wait does not return for these.
        """
        ...


class Notifier(Protocol):
    """Notifications by name. Each is a hint to read the store again; only the store has the facts."""

    def notify(self, name: str, payload: object = None) -> None:
        """Wake all subscribers of `name`; a subscriber may use `payload` instead of reading the store."""
        ...

    def subscribe(self, *names: str) -> AbstractContextManager[Subscription]:
        """Subscribe to any of `names` from now on."""
        ...
