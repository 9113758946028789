"""A process whose event loop stood still in fact: the probe tells it when the process answers again."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.metrics.loop_lag import STUCK_MS
from tests.tools.processes import command

LIMIT_S = 60.0


async def asked(http: aiohttp.ClientSession, url: str) -> tuple[int, Any]:
    async with http.get(f"{url}/healthz", timeout=aiohttp.ClientTimeout(total=LIMIT_S)) as response:
        return response.status, await response.json()


@pytest.mark.thorough
async def test_a_process_that_was_stopped_for_a_while_tells_it_to_the_probe(tmp_path: Path) -> None:
    async with (
        command("sandbox", "--port", "0", folder=tmp_path) as bridge,
        aiohttp.ClientSession() as http,
    ):
        before, _ = await asked(http, bridge.facts["url"])
        bridge.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(STUCK_MS / 1000 + 1)
        bridge.process.send_signal(signal.SIGCONT)

        after, body = await asked(http, bridge.facts["url"])

    assert (before, after) == (200, 503)
    assert not body["checks"]["loop"]["ok"]
