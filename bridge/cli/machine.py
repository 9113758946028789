"""Limits of the process: open files, and threads for blocking calls."""

import asyncio
import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import structlog

log = structlog.get_logger(__name__)

FILES: Final = 65_536
THREADS: Final = 64
"""Each gateway connect can block a thread for up to 30 seconds, and must not delay uploads."""


@contextmanager
def prepared_machine() -> Iterator[None]:
    """Raise the limits, make new files readable for the owner only, and end the threads on exit."""
    _raise_file_limit()
    mask = os.umask(0o077)
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="blocking")
    asyncio.get_running_loop().set_default_executor(executor)
    try:
        yield
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        os.umask(mask)


def _raise_file_limit() -> None:
    """Raise the open file limit to its maximum: an account needs about ten."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:
        log.warning("file_limit_was_not_raised", limit=soft, reason=str(error))
