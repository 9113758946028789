"""Waiting for a job while the agent's program is told how it goes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Final

from bridge.client import Client, ClientError, Job

Report = Callable[[float, float | None, str | None], Awaitable[None]]
BEAT_S: Final = 10.0
"""How long nothing is said at most: programs give up on a call of which they hear nothing."""


async def watched(client: Client, job_id: str, timeout_s: float, report: Report) -> Job:
    """Return a job as it is at its end, or after `timeout_s`; raises `ClientError`."""
    progress = Progress(report)
    async with asyncio.TaskGroup() as group:
        beating = group.create_task(progress.beat())
        outcome = await _outcome(client, job_id, timeout_s, progress)
        beating.cancel()
    if isinstance(outcome, ClientError):
        raise outcome
    return outcome


class Progress:
    """Tells how a job goes, by numbers that grow: the protocol wants that, and a job has none of its own."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._told = 0
        self._text = "asking for the job"

    async def tell(self, job: Job) -> None:
        """Tell a change."""
        self._text = f"{job.status}: {job.content}" if job.content else job.status
        await self._tell()

    async def beat(self) -> None:
        """Tell the last change again and again."""
        while True:
            await asyncio.sleep(BEAT_S)
            await self._tell()

    async def _tell(self) -> None:
        self._told += 1
        await self._report(self._told, None, self._text)


async def _outcome(client: Client, job_id: str, timeout_s: float, progress: Progress) -> Job | ClientError:
    """Return the job, or the error: raised in a group of tasks, it would come out as a group of errors."""
    newest: Job | None = None
    try:
        async with asyncio.timeout(timeout_s), aclosing(client.follow(job_id)) as changes:
            async for newest in changes:
                await progress.tell(newest)
    except ClientError as error:
        return error
    except TimeoutError:
        return newest or await _asked(client, job_id)
    return newest or await _asked(client, job_id)


async def _asked(client: Client, job_id: str) -> Job | ClientError:
    try:
        return await client.job(job_id)
    except ClientError as error:
        return error
