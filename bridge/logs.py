"""Logging of structlog and the standard library to stderr, with secrets removed from each line.

Redaction runs on the finished line, so it covers values, texts of other libraries and tracebacks.
"""

import atexit
import json
import logging
import os
import queue
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import Processor, WrappedLogger

from bridge.grace import LAST_LINES_S
from bridge.ports import HOUR_MS, Clock

MOST_LINES: Final = 10_000
"""The maximum number of lines that wait for the reader of the log; further ones are discarded."""
REDACTED: Final = "[redacted]"
SHORTEST_SECRET: Final = 8
GENERATION_MS: Final = HOUR_MS
"""How long a generation is: a secret that is not added again in one to two of them is discarded."""
TALKATIVE: Final = ("discord.http", "discord.gateway", "discord.client", "discord.state", "aiosqlite")
"""Loggers of libraries that log whole events and bodies at DEBUG: READY can contain a token."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern of secrets. `sign` is a fast check on the lower-case text: if it fails, nothing matches."""

    sign: re.Pattern[str]
    pattern: re.Pattern[str]
    replacement: str


def _shape(sign: str, pattern: str, replacement: str = REDACTED) -> Shape:
    return Shape(re.compile(sign), re.compile(pattern), replacement)


HEADERS: Final = (
    _shape(
        r"authorization",
        r"(?i)(authorization['\"]?\s*[:=,]\s*(?:b?['\"])?)(?:(?:bearer|basic|bot)\s+)?[^\s'\",]+",
        rf"\1{REDACTED}",
    ),
    _shape(r"b(?:earer|ot)\s", r"(?i)\b(bearer|bot)\s+[^\s'\",]{8,}", rf"\1 {REDACTED}"),
)
SHAPES: Final = (
    _shape(r"mfa\.", r"mfa\.[\w-]{20,}"),
    _shape(r"\.[\w-]{6,7}\.[\w-]{25}", r"[\w-]{18,40}\.[\w-]{6,7}\.[\w-]{25,}"),
    _shape(r"aw50zxjhy3rpb246", r"aW50ZXJhY3Rpb246[\w-]+=*"),
    _shape(r"whsec_", r"whsec_[\w+/=-]+"),
    _shape(r"@", r"(://)[^/\s@'\"]+@", rf"\1{REDACTED}@"),
)


class Redactor:
    """Removes secrets from text: registered ones, and anything that has the shape of one. Thread-safe.

    The cost of a line does not depend on the number of secrets: they are indexed by their first characters.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept = Spellings()
        self._young = Spellings()
        self._old = Spellings()
        self._born_ms = clock.monotonic_ms()

    def add(self, secret: str) -> None:
        """Remove this text from every line from now on, unless it has fewer than 8 characters."""
        with self._lock:
            self._kept.add(secret)

    def add_stored(self, secret: str) -> None:
        """Remove this text for at least an hour; code that keeps using the secret adds it again by then."""
        if self._young.has(secret) and self._clock.monotonic_ms() - self._born_ms < GENERATION_MS:
            return
        with self._lock:
            if self._clock.monotonic_ms() - self._born_ms >= GENERATION_MS:
                self._old, self._young = self._young, Spellings()
                self._born_ms = self._clock.monotonic_ms()
            self._young.add(secret)

    def clean(self, text: str) -> str:
        """Return the text without secrets."""
        return _without_shapes(self.clean_prose(text), HEADERS)

    def clean_prose(self, text: str) -> str:
        """Return a person's text without secrets; a word such as "bot" is not treated as a header."""
        found = {secret for told in (self._kept, self._young, self._old) for secret in told.found_in(text)}
        for secret in sorted(found, key=len, reverse=True):
            text = text.replace(secret, REDACTED)
        return _without_shapes(text, SHAPES)


class Spellings:
    """Secrets in every form in which a line can contain them, indexed by their first characters.

    One thread at a time may add; other threads may search meanwhile.
    """

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._by_start: dict[str, tuple[str, ...]] = {}
        self._first: re.Pattern[str] | None = None

    def has(self, secret: str) -> bool:
        """Return whether a secret was added."""
        return secret in self._secrets

    def add(self, secret: str) -> None:
        """Add a secret, unless it is too short."""
        if len(secret) < SHORTEST_SECRET or secret in self._secrets:
            return
        for spelling in {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}:
            start = spelling[:SHORTEST_SECRET]
            self._by_start[start] = (*self._by_start.get(start, ()), spelling)
        first = {start[0] for start in list(self._by_start)}
        self._first = re.compile(f"[{''.join(map(re.escape, sorted(first)))}]")
        self._secrets.add(secret)

    def found_in(self, text: str) -> Iterator[str]:
        """Yield the forms that a text contains."""
        for match in self._first.finditer(text) if self._first else ():
            at = match.start()
            for spelling in self._by_start.get(text[at : at + SHORTEST_SECRET], ()):
                if text.startswith(spelling, at):
                    yield spelling


def _without_shapes(text: str, shapes: Sequence[Shape]) -> str:
    small = text.lower()
    for shape in shapes:
        if shape.sign.search(small):
            text = shape.pattern.sub(shape.replacement, text)
    return text


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


def _unhurried(stream: TextIO) -> Any:
    """Return a writer that does not wait for the stream's reader; the stream itself if it is not a file."""
    try:
        return Lines(stream.fileno())
    except OSError:
        return stream


def start_logging(level: str, form: str, redactor: Redactor, stream: TextIO | None = None) -> None:
    """Log to `stream` (default: stderr) from now on, as `console` or `json`.

    `auto` is the console on a terminal and JSON elsewhere. Called once, by the command line.
    """
    target = stream or sys.stderr
    console = form == "console" or (form == "auto" and target.isatty())
    rendering, out = (
        renderer(console=console, colors=console and target.isatty()),
        stream or _unhurried(target),
    )
    handler = QuietHandler(out)
    handler.setFormatter(formatter(rendering, redactor))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(capture=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.root.level))
    structlog.configure(
        processors=[*gathering(), Ending(rendering, redactor)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.root.level),
        logger_factory=lambda name="bridge": OwnLogger(name, out),
    )
    log_what_nobody_catches()


def write_last_lines(within_s: float) -> None:
    """Write the queued lines before the process is ended."""
    for handler in logging.getLogger().handlers:
        out: Any = getattr(handler, "stream", None)
        if isinstance(out, Lines):
            out.close(within_s)


class Ending:
    """Renders a record of the bridge as a line; if that fails, the line only names the event."""

    def __init__(self, rendering: Sequence[Processor], redactor: Redactor) -> None:
        self._rendering = rendering
        self._redactor = redactor

    def __call__(self, logger: WrappedLogger, name: str, record: Any) -> str:
        """Return the line, without secrets."""
        event = str(record.get("event"))
        try:
            for process in self._rendering:
                record = process(logger, name, record)
            line = str(record)
        except Exception:  # noqa: BLE001 - one record: its caller must not fail
            line = f"a log record could not be written: {event}"
        return self._redactor.clean(line)


class OwnLogger:
    """Writes the lines of one logger of the bridge, at half the cost of the standard library's logging."""

    def __init__(self, name: str, stream: Any) -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: str) -> None:
        """Write a line; do nothing if the reader is gone."""
        with suppress(OSError, ValueError):
            self._stream.write(f"{line}\n")
            self._stream.flush()

    debug = info = warning = error = critical = msg


def gathering() -> Sequence[Processor]:
    """Return the processors that add fields to every record, of the bridge or of a library."""
    return (
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    )


def renderer(*, console: bool, colors: bool) -> Sequence[Processor]:
    """Return the processors that render a record as a line."""
    if console:
        plain = structlog.dev.plain_traceback
        return (structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain),)
    return (structlog.processors.JSONRenderer(default=str),)


def formatter(rendering: Sequence[Processor], redactor: Redactor) -> logging.Formatter:
    """Return the formatter that all records go through, ending with the redaction."""

    def redact(_logger: WrappedLogger, _name: str, line: Any) -> str:
        return redactor.clean(str(line))

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=gathering(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering, redact],
    )


def log_what_nobody_catches() -> None:
    """Log the tracebacks of uncaught exceptions, so that they are redacted too."""
    log = structlog.get_logger("bridge")

    def crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("crashed", exc_info=(kind, error, trace))

    def thread_crashed(crash: threading.ExceptHookArgs) -> None:
        error = crash.exc_value or crash.exc_type()
        log.critical("thread_crashed", exc_info=(crash.exc_type, error, crash.exc_traceback))

    sys.excepthook = crashed
    threading.excepthook = thread_crashed
