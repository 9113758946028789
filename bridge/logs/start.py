"""Starts logging of structlog and the standard library, redacted twice.

Values are redacted before a line is rendered, since rendering escapes them, and the finished line again, so
that nothing depends on how it was made. What is printed to stderr past the log is redacted as well.
"""

import atexit
import logging
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bridge.logs.controls import with_pictures
from bridge.logs.lines import CleanStream, Lines, QuietHandler, unhurried
from bridge.logs.redaction import Redactor

DISCORD: Final = ("discord", "discord.http", "discord.gateway", "discord.client", "discord.state")
"""Loggers of the Discord library, with six lines for each attempt to connect; ours logs an outage once."""
TALKATIVE: Final = (*DISCORD, "aiosqlite", "psycopg", "PIL")
"""Loggers that log too much at DEBUG: whole events (READY can contain a token), or each part of a picture."""
SILENT: Final = logging.CRITICAL + 1

TRACEBACKS: Final = ("exception", "stack")
"""Fields of several lines."""


def start_logging(level: str, form: str, redactor: Redactor, stream: TextIO | None = None) -> None:
    """Log to `stream` (default: stderr) from now on, as `console` or `json`.

    `auto` is the console on a terminal and JSON elsewhere. Called once, by the command line.
    """
    target = stream or sys.stderr
    console = form == "console" or (form == "auto" and target.isatty())
    rendering = renderer(redactor, console=console, colors=console and shows_colors(target))
    out = stream or unhurried(target)
    if stream is None:
        take_stderr(target, out, redactor)
    handler = QuietHandler(out)
    handler.setFormatter(formatter(rendering, redactor))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(capture=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.root.level))
    if logging.root.level > logging.DEBUG:
        for name in DISCORD:
            logging.getLogger(name).setLevel(SILENT)
    structlog.configure(
        processors=[*gathering(), Ending(rendering, redactor)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.root.level),
        logger_factory=lambda name="bridge": OwnLogger(name, out),
    )
    log_what_nobody_catches()


def shows_colors(target: TextIO) -> bool:
    """Return whether lines may be coloured: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return target.isatty() and not os.environ.get("NO_COLOR")


def take_stderr(target: TextIO, out: Any, redactor: Redactor) -> None:
    """Redact what anyone prints to stderr past the log."""
    printed = CleanStream(target, out, redactor.clean)
    sys.stderr = printed
    atexit.register(printed.close_line)


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


def renderer(redactor: Redactor, *, console: bool, colors: bool) -> Sequence[Processor]:
    """Return the processors that redact the fields of a record and render it as a line."""

    def redact(_logger: WrappedLogger, _name: str, fields: EventDict) -> EventDict:
        return redactor.clean_fields(fields)

    if console:
        plain = structlog.dev.plain_traceback
        return (redact, on_terminal, structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain))
    return (redact, structlog.processors.JSONRenderer())


def on_terminal(_logger: WrappedLogger, _name: str, fields: EventDict) -> EventDict:
    """Replace what would act on the terminal, or make up a line of its own; JSON escapes it."""
    return {
        with_pictures(str(name)): with_pictures(value, kept="\n\t" if name in TRACEBACKS else "")
        if isinstance(value, str)
        else value
        for name, value in fields.items()
    }


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

    def ignored(failure: "sys.UnraisableHookArgs") -> None:
        error = failure.exc_value or failure.exc_type()
        exc_info = (failure.exc_type, error, failure.exc_traceback)
        log.error("exception_ignored", where=failure.err_msg or repr(failure.object), exc_info=exc_info)

    sys.excepthook = crashed
    threading.excepthook = thread_crashed
    sys.unraisablehook = ignored
