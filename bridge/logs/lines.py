"""Where lines are written: in a thread of their own, and through the redaction whoever writes them."""

import atexit
import io
import logging
import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TextIO

from bridge.grace import LAST_LINES_S

MOST_LINES: Final = 10_000
"""The maximum number of lines that wait for the reader of the log; further ones are discarded."""
LONGEST_REST: Final = 65_536
"""The maximum number of characters that wait for the end of their line."""


class QuietHandler(logging.StreamHandler[TextIO]):
    """A handler that does not print the arguments of a record that cannot be formatted."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Log where the faulty record was created, without its content."""
        with suppress(OSError):
            self.stream.write(f"a log record could not be written: {record.pathname}:{record.lineno}\n")


class Lines:
    """Writes lines to a file in a separate thread, so that a blocked or closed reader blocks nothing.

    Lines beyond the limit are discarded. Writes bypass the stream's buffer: a write that never returns
    would hold the buffer's lock and keep the process from exiting.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._waiting: queue.Queue[str | None] = queue.Queue(MOST_LINES)
        self._thread = threading.Thread(target=self._run, name="log-lines", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def write(self, text: str) -> None:
        """Queue a line; discard it if too many are waiting."""
        with suppress(queue.Full):
            self._waiting.put_nowait(text)

    def flush(self) -> None:
        """Do nothing: nothing is buffered."""

    def close(self, within_s: float = LAST_LINES_S) -> None:
        """Write the queued lines, for at most `within_s` seconds."""
        with suppress(queue.Full):
            self._waiting.put_nowait(None)
        self._thread.join(within_s)

    def _run(self) -> None:
        while (text := self._waiting.get()) is not None:
            left = text.encode("utf-8", "backslashreplace")
            with suppress(OSError):
                while left:
                    left = left[os.write(self._file, left) :]


def unhurried(stream: TextIO) -> Any:
    """Return a writer that does not wait for the stream's reader; the stream itself if it is not a file."""
    try:
        return Lines(stream.fileno())
    except OSError:
        return stream


class CleanStream(io.TextIOBase):
    """Takes the place of `sys.stderr`, so that what is printed there is redacted too, a line at a time."""

    def __init__(self, stream: TextIO, out: Any, clean: Callable[[str], str]) -> None:
        self._stream = stream
        self._out = out
        self._clean = clean
        self._rest = ""
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        """Write the lines that are complete; the rest waits for its end."""
        with self._lock:
            lines, newline, self._rest = (self._rest + text).rpartition("\n")
            if len(self._rest) > LONGEST_REST:
                lines, newline, self._rest = lines + newline + self._rest, "\n", ""
            if newline:
                self._put(lines + newline)
        return len(text)

    def close_line(self) -> None:
        """Write what still waits for its end."""
        with self._lock:
            rest, self._rest = self._rest, ""
            if rest:
                self._put(rest)

    def flush(self) -> None:
        """Do nothing: half a line is not written, since it could end inside a secret."""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Return the encoding of the stream."""
        return self._stream.encoding

    def writable(self) -> bool:
        """Return that this can be written to."""
        return True

    def isatty(self) -> bool:
        """Return whether the lines go to a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the descriptor that the lines go to."""
        return self._stream.fileno()

    def _put(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._out.write(self._clean(text))
