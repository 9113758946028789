"""Logging: one stream to stderr for structlog and the standard library, with secrets taken out last.

The redaction works on the finished line, so that it covers values, texts of foreign libraries and tracebacks.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import Processor, WrappedLogger

REDACTED: Final = "[redacted]"
SHORTEST_SECRET: Final = 8
TALKATIVE: Final = ("discord.http", "discord.gateway", "aiosqlite")

HEADERS: Final = (
    (
        re.compile(r"(?i)(authorization['\"]?\s*[:=,]\s*(?:b?['\"])?)(?:(?:bearer|basic|bot)\s+)?[^\s'\",]+"),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"(?i)\b(bearer|bot)\s+[^\s'\",]{8,}"), rf"\1 {REDACTED}"),
)
SHAPES: Final = (
    (re.compile(r"mfa\.[\w-]{20,}"), REDACTED),
    (re.compile(r"[\w-]{18,40}\.[\w-]{6,7}\.[\w-]{25,}"), REDACTED),
    (re.compile(r"aW50ZXJhY3Rpb246[\w-]+=*"), REDACTED),
    (re.compile(r"whsec_[\w+/=-]+"), REDACTED),
    (re.compile(r"(://)[^/\s@'\"]+@"), rf"\1{REDACTED}@"),
)


class Redactor:
    """What must not be logged: the shapes of secrets, and every secret that was told."""

    def __init__(self) -> None:
        self._spellings: frozenset[str] = frozenset()

    def add(self, secret: str) -> None:
        """Take this text out of every line from now on; under 8 characters it is a word and stays."""
        if len(secret) >= SHORTEST_SECRET:
            self._spellings |= {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}

    def clean(self, text: str) -> str:
        """Return the text without secrets."""
        text = self.clean_prose(text)
        for pattern, replacement in HEADERS:
            text = pattern.sub(replacement, text)
        return text

    def clean_prose(self, text: str) -> str:
        """Return what a person wrote without secrets: a word such as "bot" is no header there."""
        for spelling in sorted(self._spellings, key=len, reverse=True):
            text = text.replace(spelling, REDACTED)
        for pattern, replacement in SHAPES:
            text = pattern.sub(replacement, text)
        return text


class QuietHandler(logging.StreamHandler[TextIO]):
    """A handler that does not print the arguments of a record that cannot be formatted."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Say where the bad record was made, and nothing of what is in it."""
        self.stream.write(f"a log record could not be written: {record.pathname}:{record.lineno}\n")


def start_logging(level: str, form: str, redactor: Redactor, stream: TextIO | None = None) -> None:
    """Send everything that is logged from now on to `stream` (default: stderr), as `console` or `json`.

    `auto` is the console on a terminal and JSON elsewhere. Called once, by the command line.
    """
    target = stream or sys.stderr
    console = form == "console" or (form == "auto" and target.isatty())
    handler = QuietHandler(target)
    handler.setFormatter(formatter(renderer(console=console, colors=console and target.isatty()), redactor))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(capture=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *gathering(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    log_what_nobody_catches()


def gathering() -> Sequence[Processor]:
    """Return what is added to every record, ours or foreign."""
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
    """Return what makes a line of a record."""
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
    """Let the tracebacks of a crash take the same way as everything else."""
    log = structlog.get_logger("bridge")

    def crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("crashed", exc_info=(kind, error, trace))

    def thread_crashed(crash: threading.ExceptHookArgs) -> None:
        error = crash.exc_value or crash.exc_type()
        log.critical("thread_crashed", exc_info=(crash.exc_type, error, crash.exc_traceback))

    sys.excepthook = crashed
    threading.excepthook = thread_crashed
