"""The two small ports that everything may ask for: the time, and a bell."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol


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


class Ear(Protocol):
    """A listener for one bell: made before looking, waited on after."""

    async def wait(self, seconds: float) -> bool:
        """Return True when the bell has rung since the last wait, False after `seconds`."""
        ...

    def carried(self) -> Sequence[object]:
        """Return what the rings since the last call carried, in order; None for one that carried nothing.

        No wait returns for these rings any more.
        """
        ...


class Bells(Protocol):
    """Named bells: a ring is a hint to look again, the store is the truth."""

    def ring(self, name: str, carried: object = None) -> None:
        """Wake everyone who listens for `name`; what is `carried` spares who trusts it a look."""
        ...

    def listen(self, *names: str) -> AbstractContextManager[Ear]:
        """Listen for any of `names` from now on."""
        ...
