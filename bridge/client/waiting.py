"""Following a job to its end, through broken streams and restarts of the bridge."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from bridge.client.errors import ClientError, TooManyRequests, WaitTimeout
from bridge.client.records import Job, job_of
from bridge.client.repeating import Pauses
from bridge.client.stream import BROKEN, PATH, event_of, frames, may_come_back
from bridge.client.transport import Call, Transport

OnAway = Callable[[ClientError], None]


async def waited(transport: Transport, job_id: str, timeout_s: float) -> Job:
    """Return a job when it has ended; raises `WaitTimeout`, or `ClientError` if it cannot be asked for."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _last(changes(transport, job_id))
    except TimeoutError as error:
        raise WaitTimeout(job_id, timeout_s) from error


async def changes(
    transport: Transport, job_id: str, on_away: OnAway | None = None
) -> AsyncGenerator[Job, None]:
    """Yield a job as it is now, then at each change, up to its end.

    Raises `ClientError` if the job cannot be asked for at all; once it was, a bridge that is away is waited
    for, and `on_away` is called with the reason at each attempt that fails.
    """
    job = await asked(transport, job_id)
    yield job
    async for seen in _seen(transport, job, on_away):
        if seen.raw != job.raw:
            yield seen
        job = seen


async def asked(transport: Transport, job_id: str) -> Job:
    """Return a job as it is now."""
    return await transport.ask(Call("GET", "/v1/pixverse/jobs/", {"jobid": job_id}), job_of)


async def _last(jobs: AsyncIterator[Job]) -> Job:
    """Return the last one; reading to the end closes the stream behind it."""
    job = await anext(jobs)
    async for seen in jobs:
        job = seen
    return job


async def _seen(transport: Transport, job: Job, on_away: OnAway | None) -> AsyncGenerator[Job, None]:
    """Yield a job as one stream after another shows it, up to its end."""
    newest, pauses = job, Pauses()
    while not newest.is_ended:
        try:
            async for newest in _looked_at(transport, job.id):
                pauses.reset()
                yield newest
        except BROKEN as error:
            if not may_come_back(error):
                raise
            if on_away is not None:
                on_away(error)
        if not newest.is_ended:
            await asyncio.sleep(pauses.next())


async def _looked_at(transport: Transport, job_id: str) -> AsyncGenerator[Job, None]:
    """Yield a job as one stream shows it; if the token may open no further stream, as it is now."""
    try:
        async for job in _followed(transport, job_id):
            yield job
    except TooManyRequests:
        yield await asked(transport, job_id)


async def _followed(transport: Transport, job_id: str) -> AsyncGenerator[Job, None]:
    """Yield a job as one stream shows it.

    The job is asked for after the stream has begun, so that nothing falls in between; and again after a
    `reset`, which says that events are lost.
    """
    async with transport.stream(PATH, {"jobid": job_id}, None) as content:
        job = await asked(transport, job_id)
        yield job
        blocks = frames(content)
        while not job.is_ended and (frame := await anext(blocks, None)):
            if frame.name == "reset":
                job = await asked(transport, job_id)
            elif frame.data and not frame.name:
                job = event_of(frame, transport.url).job or job
            yield job
