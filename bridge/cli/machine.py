"""Limits of the process: open files, threads for blocking calls, and what is searched for garbage."""

import asyncio
import gc
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
    _leave_code_out_of_collections()
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="blocking")
    asyncio.get_running_loop().set_default_executor(executor)
    try:
        yield
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        gc.unfreeze()
        os.umask(mask)


def _leave_code_out_of_collections() -> None:
    """Exempt what exists now from the garbage collection: it is nearly all code, and stays until the end.

    A full collection stops all threads for as long as it takes to look at every object.
    """
    gc.collect()
    gc.freeze()


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
