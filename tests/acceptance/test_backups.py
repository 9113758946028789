"""A backup is made while the bridge works, and restored: nothing is sent twice, and every end is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bridge.app.backup import Wanted, back_up, restore
from bridge.app.bridge import RunningBridge
from bridge.jobs.given_up import UNCONFIRMED
from bridge.sandbox import Sandbox
from tests.tools.clocks import MovedClock
from tests.tools.world import Api, Discord, Receiver, bridge_on, settings_for

PACE_S = 60
WITH_KEY = Wanted(with_key=True)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@asynccontextmanager
async def paced(sandbox: Sandbox, folder: Path, clock: MovedClock) -> AsyncIterator[RunningBridge]:
    """Run a bridge that sends its first job at once, and the next one when the clock is moved."""
    async with bridge_on(sandbox, folder, clock, jobs={"pace_s": PACE_S, "patience_s": 1}) as bridge:
        yield bridge


async def backed_up(sandbox: Sandbox, folder: Path, file: Path, clock: MovedClock) -> None:
    await asyncio.to_thread(back_up, settings_for(sandbox, folder), file, WITH_KEY, clock, told)


async def restored(file: Path, folder: Path) -> Path:
    await asyncio.to_thread(restore, file, folder, told)
    return folder


def told(*_: object) -> None:
    """Ignore how far the work is."""


async def test_what_was_sent_after_the_backup_is_found_and_not_sent_again(
    sandbox: Sandbox,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    receiver: Receiver,
    discord: Discord,
    clock: MovedClock,
) -> None:
    old, file = tmp_path / "old", tmp_path / "backup.tar.gz"
    async with paced(sandbox, old, clock) as bridge:
        api = Api(bridge.url, http)
        await api.ended((await api.create("a cat")).body["jobid"])
        later = (await api.create("a dog", replyUrl=receiver.url)).body["jobid"]
        await backed_up(sandbox, old, file, clock)
        await clock.advance(PACE_S)
        before = await api.ended(later)
        position = (await api.get("/v1/pixverse/events", headers={"Accept": "application/json"})).body["next"]
        first = await receiver.next()

    new = await restored(file, tmp_path / "new")
    async with bridge_on(sandbox, new, clock) as bridge:
        api = Api(bridge.url, http)
        news = await anext(api.events(position=position))
        after = await api.ended(later)
        second = await receiver.next()

    assert (before["status"], after["status"]) == ("completed", "completed")
    assert before["attachments"][0]["filename"] == after["attachments"][0]["filename"]
    assert await discord.runs_of("a dog") == 1
    assert first["id"] == second["id"]
    assert news["event"] == "reset"


async def test_what_was_not_sent_after_the_backup_is_given_up_and_told(
    sandbox: Sandbox,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    receiver: Receiver,
    discord: Discord,
    clock: MovedClock,
) -> None:
    old, file = tmp_path / "old", tmp_path / "backup.tar.gz"
    async with paced(sandbox, old, clock) as bridge:
        api = Api(bridge.url, http)
        await api.create("a cat")
        later = (await api.create("a dog", replyUrl=receiver.url)).body["jobid"]
        await backed_up(sandbox, old, file, clock)

    new = await restored(file, tmp_path / "new")
    async with bridge_on(sandbox, new, clock) as bridge:
        api = Api(bridge.url, http)
        async with asyncio.timeout(30):
            while (await api.job(later))["status"] == "created":
                await clock.advance(6)
        told_of = await receiver.next()

    assert (told_of["job"]["jobid"], told_of["job"]["error"]) == (later, UNCONFIRMED.error)
    assert await discord.runs_of("a dog") == 0
