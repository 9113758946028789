"""Waiting for the media mirror."""

import asyncio
from typing import Any

from tests.tools.world import LIMIT_S, Api


async def mirrored(api: Api, job: str) -> Any:
    """Return a job's record as soon as all its videos are in the mirror."""
    async with asyncio.timeout(LIMIT_S):
        await api.ended(job)
        record = await api.job(job)
        while not all("mirror_url" in file for file in record["attachments"]):
            await asyncio.sleep(0.01)
            record = await api.job(job)
    return record
