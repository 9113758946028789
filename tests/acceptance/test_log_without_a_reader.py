"""A bridge whose log nobody reads: the reader has gone, or stands still. It works on, and a stop stops it."""

import asyncio
import fcntl
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.tools.processes import ROOT
from tests.tools.world import Api

LIMIT_S = 30.0
SMALL = 4096


@asynccontextmanager
async def sandbox(folder: Path, stdout: int, stderr: int) -> AsyncIterator[tuple[Any, Any]]:
    """Run a sandbox that writes to these files, and give what its ready file says."""
    ready = folder / "ready.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge", "sandbox", "--port", "0", "--video-seconds", "0.2"),
        *("--ready-file", str(ready)),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "BRIDGE_LOG__LEVEL": "debug"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            while not ready.exists():  # noqa: ASYNC110 - a file is no event
                await asyncio.sleep(0.05)
        yield process, json.loads(ready.read_text())
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def works_and_stops(process: Any, facts: Any, http: aiohttp.ClientSession, way: signal.Signals) -> None:
    api = Api(facts["url"], http, facts["api_token"])

    answers = [await api.create(f"cat {number}", seed_value=str(number)) for number in range(5)]
    ends = [(await api.ended(answer.body["jobid"]))["status"] for answer in answers]
    process.send_signal(way)
    async with asyncio.timeout(30):
        code = await process.wait()

    assert [answer.status for answer in answers] == [200] * 5
    assert ends == ["completed"] * 5
    assert code == 0


@pytest.mark.thorough
@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT])
async def test_a_reader_of_the_log_that_has_gone_stops_nothing(
    tmp_path: Path, http: aiohttp.ClientSession, way: signal.Signals
) -> None:
    reader, writer = os.pipe()

    async with sandbox(tmp_path, asyncio.subprocess.DEVNULL, writer) as (process, facts):
        os.close(writer)
        os.close(reader)

        await works_and_stops(process, facts, http, way)


@pytest.mark.thorough
async def test_a_reader_of_everything_that_goes_first_stops_nothing(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    reader, writer = os.pipe()

    async with sandbox(tmp_path, writer, writer) as (process, facts):
        os.close(writer)
        os.close(reader)

        await works_and_stops(process, facts, http, signal.SIGINT)


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="pipes have one size here")
async def test_a_reader_of_the_log_that_stands_still_stops_nothing(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, SMALL)

    async with sandbox(tmp_path, asyncio.subprocess.DEVNULL, writer) as (process, facts):
        os.close(writer)

        await works_and_stops(process, facts, http, signal.SIGTERM)
    os.close(reader)
