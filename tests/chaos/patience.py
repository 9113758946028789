"""Waits, each with a limit: until jobs have ended, until their ends are told."""

import asyncio
from collections.abc import Callable
from typing import Final

import aiohttp

from tests.chaos.verdict import OPEN
from tests.chaos.witnesses import Books, Ledger
from tests.tools.world import TERMINAL, Api

LOOK_S: Final = 0.5


async def all_ended(api: Api, books: Books, first: int, position: int, limit_s: float) -> None:
    """Return when every job behind a number has ended, or when it is in vain to wait for it.

    The stream tells it from `position` on, where it stood before these jobs.
    """
    left = {job.id for job in books.jobs(first) if job.state in OPEN}
    try:
        async with asyncio.timeout(limit_s):
            while left:
                await _heard(api, left, position)
    except TimeoutError:
        return


async def its_end(api: Api, job_id: str, limit_s: float) -> None:
    """Return when a job has ended, or when it is in vain to wait for it."""
    try:
        async with asyncio.timeout(limit_s):
            await api.ended(job_id)
    except (TimeoutError, aiohttp.ClientError):
        return


async def until(is_so: Callable[[], bool], limit_s: float) -> None:
    """Return when something is so that nobody tells, or when it is in vain to wait for it."""
    for _ in range(round(limit_s / LOOK_S)):
        if is_so():
            return
        await asyncio.sleep(LOOK_S)


async def _heard(api: Api, left: set[str], position: int) -> None:
    """Read the stream until nothing is left, or until it ends by itself."""
    try:
        async for record in api.records(position=position):
            if record.get("status") in TERMINAL:
                left.discard(record["jobid"])
            if not left:
                return
    except (TimeoutError, aiohttp.ClientError):
        return


async def all_told(ledger: Ledger, books: Books, first: int, limit_s: float) -> None:
    """Return when the present end of every job behind a number was told."""
    ends = {job.id: job.status for job in books.jobs(first) if job.body.get("reply_url")}
    await ledger.until(lambda: ledger.knows(ends), limit_s)
