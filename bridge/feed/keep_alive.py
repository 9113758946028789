"""Heartbeats of a stream: wakes a reader to which nothing was sent for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from bridge.feed.live import Quiet, Subscriber
from bridge.ports import Clock, Timer


class KeepAlive:
    """A timer that gives the reader a `Quiet` when `pause_s` have passed since the last reset."""

    def __init__(self, clock: Clock, reader: Subscriber, pause_s: float) -> None:
        self._clock = clock
        self._reader = reader
        self._pause_s = pause_s
        self._timer: Timer | None = None
        self.is_due = False
        """Whether `pause_s` have passed."""

    def reset(self) -> None:
        """Restart the timer."""
        self.stop()
        self.is_due = False
        self._timer = self._clock.call_later(self._pause_s, self._beat)

    def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def _beat(self) -> None:
        self.is_due = True
        self._reader.give(Quiet())


@contextmanager
def keep_alive_of(clock: Clock, reader: Subscriber, pause_s: float) -> Iterator[KeepAlive]:
    """Run a timer for a reader while the context is open."""
    keep_alive = KeepAlive(clock, reader, pause_s)
    try:
        yield keep_alive
    finally:
        keep_alive.stop()
