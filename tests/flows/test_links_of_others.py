"""Links that a process without their account asks another one for, which has it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from bridge.chat import Attachment, Channel
from bridge.flows.keep.link_requests import LinkRequests
from bridge.flows.keep.links import PATIENCE_S, Links
from bridge.jobs.job import Job, Said
from bridge.jobs.links import Cdn, links_of
from tests.flows.conftest import Rig
from tests.tools.hand_clock import START_MS
from tests.tools.jobs import new_job

CDN: Final = "https://cdn.example"
DAY_S: Final = 86_400


def link(number: int, made_s: int) -> str:
    return f"{CDN}/attachments/1/{number}/cat.mp4?ex={made_s + DAY_S:x}&is={made_s:x}&hm=00&"


def job_with(number: int) -> Job:
    files = (Attachment(str(number), "cat.mp4", link(number, START_MS // 1000), 1),)
    return replace(new_job(1), said=Said("1", attachments=files))


@dataclass
class Session:
    """Renews every link, at a time that the test knows."""

    made_s: int
    channel = Channel("2000", "3000")
    asked: list[str] = field(default_factory=list)

    async def refresh(self, urls: Sequence[str]) -> dict[str, str]:
        self.asked += urls
        return {url: link(int(url.split("/")[5]), self.made_s) for url in urls}


@dataclass
class Accounts:
    """The connected sessions of one process."""

    connected: dict[int, Any]

    def sessions(self, tenant: str) -> Mapping[int, Any]:
        return self.connected


@asynccontextmanager
async def process(rig: Rig, connected: dict[int, Any], *, knows_another: bool = True) -> AsyncIterator[Links]:
    requests = LinkRequests(rig.database, rig.notifier, rig.clock, lambda _: knows_another)
    links = Links(rig.database, rig.clock, Accounts(connected), Cdn((CDN,)), requests)
    running = asyncio.create_task(links.run())
    await asyncio.sleep(0)
    try:
        yield links
    finally:
        running.cancel()
        await asyncio.wait({running})


@pytest.fixture
def holder(rig: Rig) -> Session:
    rig.clock.pass_s(DAY_S)
    return Session(rig.clock.now_ms() // 1000)


async def test_a_link_is_renewed_by_the_process_that_has_the_account(rig: Rig, holder: Session) -> None:
    async with process(rig, {1: holder}), process(rig, {}) as without:
        (shown,) = await without.fresh([job_with(7)])

    assert list(links_of(shown)) == [link(7, holder.made_s)]
    assert len(holder.asked) == 1


async def test_many_who_ask_for_one_link_have_it_renewed_once(rig: Rig, holder: Session) -> None:
    async with process(rig, {1: holder}), process(rig, {}) as one, process(rig, {}) as two:
        shown = await asyncio.gather(*(each.fresh([job_with(7)]) for each in (one, two, one, two)))

    assert {url for (job,) in shown for url in links_of(job)} == {link(7, holder.made_s)}
    assert len(holder.asked) == 1


async def test_nobody_waits_for_longer_than_the_patience_or_again_at_once(rig: Rig, holder: Session) -> None:
    async with process(rig, {}) as without:
        asking = asyncio.create_task(without.fresh([job_with(7)]))
        while not await has_asked(rig):
            pass
        rig.clock.pass_s(PATIENCE_S)
        old = await asking
        again = await without.fresh([job_with(7)])

    assert (old, again) == ([job_with(7)], [job_with(7)])


async def has_asked(rig: Rig) -> bool:
    return await rig.database.read(lambda tx: tx.one("SELECT 1 FROM link_requests")) is not None


async def test_nobody_is_asked_where_no_other_process_has_an_account(rig: Rig, holder: Session) -> None:
    async with process(rig, {}, knows_another=False) as alone:
        shown = await alone.fresh([job_with(7)])

    assert shown == [job_with(7)]
    assert await rig.database.read(lambda tx: tx.all("SELECT * FROM link_requests")) == []
