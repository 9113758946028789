"""The two small ports that everything may ask for: the time, and notifications."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS


class Timer(Protocol):
    """What was put off with `Clock.call_later`."""

    def cancel(self) -> None:
        """Let it not happen, if it has not happened yet."""
        ...


class Clock(Protocol):
    """The only source of time; times are milliseconds UTC, spans are seconds."""

    def now_ms(self) -> int:
        """Return the time, which somebody may set: for what is kept, told or compared with others' times."""
        ...

    def monotonic_ms(self) -> int:
        """Return a time that only goes forward, for spans inside this process; its zero means nothing."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed on this clock."""
        ...

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` in the event loop when `seconds` have passed: a `sleep` that takes no task."""
        ...


class Subscription(Protocol):
    """A subscription to some names: made before looking, waited on after."""

    async def wait(self, seconds: float) -> bool:
        """Return True when there was a notification since the last wait, False after `seconds`."""
        ...

    def payloads(self) -> Sequence[object]:
        """Return the payloads since the last call, in order; None for a notification without one.

        No wait returns for these any more.
        """
        ...


class Notifier(Protocol):
    """Notifications by name: each is a hint to look again, the store is the truth."""

    def notify(self, name: str, payload: object = None) -> None:
        """Wake everyone who has subscribed to `name`; the `payload` spares who trusts it a look."""
        ...

    def subscribe(self, *names: str) -> AbstractContextManager[Subscription]:
        """Subscribe to any of `names` from now on."""
        ...
