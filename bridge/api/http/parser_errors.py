"""Logs requests that are not valid HTTP in one line, without aiohttp's traceback."""

import logging
from typing import Final

from aiohttp.http_exceptions import HttpProcessingError

_NAME: Final = "bridge.api.http"


def http_log() -> logging.Logger:
    """Return the log of the HTTP server; an invalid request is not an error of the bridge."""
    logger = logging.getLogger(_NAME)
    if _calm not in logger.filters:
        logger.addFilter(_calm)
    return logger


def _calm(record: logging.LogRecord) -> bool:
    """Turn the record about an invalid request into a one-line warning."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        # Only the kind of error is logged: the library's text contains the request, which may have a token.
        client = record.args[0] if isinstance(record.args, tuple) and record.args else None
        record.msg = "malformed_request status=%s reason=%s client=%s"
        record.args = (error.code, type(error).__name__, client)
        record.exc_info = record.exc_text = None
    return record.levelno >= logging.getLogger(_NAME).getEffectiveLevel()
