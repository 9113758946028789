"""How long one request waits for the database in all, over everything that it asks for one after another.

Its client is told within five seconds that the database is away; each wait alone may take almost that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

from bridge.ports import Clock


class Patience:
    """What a request has waited for the database of late.

    Time that it spends on anything else gives that back: a submit that waited for the bot's first message, or
    a stream that is open for hours, has its whole patience again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waited_ms = 0
        self._since_ms = clock.monotonic_ms()

    @contextmanager
    def waiting(self, limit_s: float) -> Iterator[float]:
        """Count the time inside as waiting; yields the seconds that are left of `limit_s`."""
        begun_ms = self._clock.monotonic_ms()
        self._waited_ms = max(0, self._waited_ms - (begun_ms - self._since_ms))
        try:
            yield max(0.0, limit_s - self._waited_ms / 1000)
        finally:
            self._since_ms = self._clock.monotonic_ms()
            self._waited_ms += self._since_ms - begun_ms


def begin_request(clock: Clock) -> None:
    """Give what this task asks from now on a patience of its own; other tasks of the bridge have none."""
    _PATIENCE.set(Patience(clock))


@contextmanager
def waiting(limit_s: float = inf) -> Iterator[float]:
    """Wait for the database inside; yields the seconds that may take: `limit_s`, or what is left of it."""
    patience = _PATIENCE.get()
    if patience is None:
        yield limit_s
    else:
        with patience.waiting(limit_s) as left_s:
            yield left_s


_PATIENCE: ContextVar[Patience | None] = ContextVar("patience", default=None)
