"""What aiohttp logs of requests that are no HTTP: a line for the operator, without a traceback of ours."""

import logging
from typing import Final

from aiohttp.http_exceptions import HttpProcessingError

_NAME: Final = "bridge.api.http"


def http_log() -> logging.Logger:
    """Return the log of the HTTP server; another program's nonsense is no error of the bridge."""
    logger = logging.getLogger(_NAME)
    if _calm not in logger.filters:
        logger.addFilter(_calm)
    return logger


def _calm(record: logging.LogRecord) -> bool:
    """Make a warning of a record about a request that could not be read, and shorten it to one line."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        # Only the kind of error is logged: the library's text repeats the request, which may hold a token.
        record.msg = "malformed_request status=%s reason=%s"
        record.args = (error.code, type(error).__name__)
        record.exc_info = record.exc_text = None
    return record.levelno >= logging.getLogger(_NAME).getEffectiveLevel()
