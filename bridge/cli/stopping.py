"""Runs until a signal: the first one asks to stop, the second one forces it."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import structlog
import typer

from bridge.cli.machine import prepared_machine
from bridge.grace import CUT_S, LAST_WORD_S
from bridge.logs import write_last_lines

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
CUT: Final = 6
"""The exit code of a stop that took too long."""


def run(
    work: Coroutine[Any, Any, None], make_loop: Callable[[], asyncio.AbstractEventLoop] | None = None
) -> bool:
    """Run the work until it ends or a signal; the exit code shows the signal only if the stop was forced.

    Returns whether the work has ended by itself.
    """
    try:
        with asyncio.Runner(loop_factory=make_loop) as runner:
            return runner.run(until_asked_to_stop(work))
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None


async def until_asked_to_stop(work: Coroutine[Any, Any, None]) -> bool:
    """Run the work; the first signal cancels it and lets it clean up, the second one ends the process.

    Returns whether the work has ended by itself.
    """
    stop = Stop(asyncio.current_task())
    for number in SIGNALS:
        with suppress(NotImplementedError):  # Windows has no such handlers: there Ctrl-C interrupts
            asyncio.get_running_loop().add_signal_handler(number, stop.ask, number)
    try:
        with prepared_machine():
            await work
    except asyncio.CancelledError:
        if not stop.is_asked:
            raise
        return False
    return True


class Stop:
    """Handles signals, and knows whether one has arrived already."""

    def __init__(self, task: asyncio.Task[Any] | None) -> None:
        self._task = task
        self.is_asked = False

    def ask(self, number: signal.Signals) -> None:
        """Cancel the task; on a second signal end the process."""
        if self.is_asked:
            os._exit(128 + number)
        self.is_asked = True
        if self._task is not None:
            self._task.cancel()
        self._exit_in_time()
        structlog.get_logger(__name__).info("stop_asked", signal=number.name)

    def _exit_in_time(self) -> None:
        """End the process after the time limit, even if a thread hangs in a blocking call."""
        last = threading.Timer(CUT_S, _cut)
        last.daemon = True
        last.start()


def _cut() -> None:
    """Log that the stop was cut, if the log still takes lines, and end the process at once."""
    structlog.get_logger(__name__).critical("stop_was_cut", after_s=CUT_S)
    write_last_lines(LAST_WORD_S)
    os._exit(CUT)
