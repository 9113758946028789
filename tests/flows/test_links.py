"""Fresh links, asked for no more often than needed.

The session is made by hand: it has to leave out links, to give dead ones and to fail in odd ways.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from bridge.chat import Attachment, Channel
from bridge.flows.keep.links import AT_ONCE, Links
from bridge.jobs.job import Job, Said
from bridge.jobs.links import Cdn, links_of
from bridge.sessions.port import MOST_LINKS, HistoryUnavailable
from bridge.store.sqlite.sqlite import sqlite_database
from tests.tools.hand_clock import START_MS, HandClock
from tests.tools.jobs import new_job

CDN: Final = "https://cdn.example"
DAY_S: Final = 86_400


def link(number: int, made_s: int) -> str:
    return f"{CDN}/attachments/1/{number}/cat.mp4?ex={made_s + DAY_S:x}&is={made_s:x}&hm=00&"


@dataclass
class HandSession:
    """Refreshes links as a test says; `asked` holds every request."""

    clock: HandClock
    channel = Channel("2000", "3000")
    answer: Callable[[str], str | None] | None = None
    trouble: Exception | None = None
    asked: list[list[str]] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0

    async def refresh(self, urls: Sequence[str]) -> dict[str, str]:
        self.asked.append(list(urls))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        if self.trouble is not None:
            raise self.trouble
        answer = self.answer or self.fresh
        return {url: fresh for url in urls if (fresh := answer(url))}

    def fresh(self, url: str) -> str | None:
        return link(int(url.split("/")[5]), self.clock.now_ms() // 1000)


@dataclass
class HandCrew:
    connected: dict[int, Any]

    def sessions(self, tenant: str) -> Mapping[int, Any]:
        return self.connected


@asynccontextmanager
async def links_at_work(tmp_path: Path, clock: HandClock, running_accounts: HandCrew) -> AsyncIterator[Links]:
    async with sqlite_database(tmp_path / "bridge.db") as database, asyncio.TaskGroup() as tasks:
        links = Links(database, clock, running_accounts, Cdn((CDN,)))
        running = tasks.create_task(links.run())
        await asyncio.sleep(0)
        yield links
        running.cancel()


def job_with(*numbers: int, account: int = 1) -> Job:
    files = tuple(Attachment(str(n), "cat.mp4", link(n, START_MS // 1000), 1) for n in numbers)
    return replace(new_job(1), account=account, said=Said("1", attachments=files))


async def test_a_link_that_is_not_given_holds_back_no_other_and_is_asked_for_later(tmp_path: Path) -> None:
    clock = HandClock()
    session = HandSession(
        clock, answer=lambda url: None if "/7/" in url else link(8, START_MS // 1000 + DAY_S)
    )
    clock.pass_s(DAY_S)
    job = job_with(7, 8)

    async with links_at_work(tmp_path, clock, HandCrew({1: session})) as links:
        shown = [await links.fresh([job]) for _ in range(3)]
        clock.pass_s(2)
        await links.fresh([job])

    dead, alive = links_of(job)
    assert [list(links_of(one)) for (one,) in shown] == [[dead, link(8, START_MS // 1000 + DAY_S)]] * 3
    assert session.asked == [[dead, alive], [dead]]


async def test_a_link_that_is_given_dead_is_not_asked_for_at_once_again(tmp_path: Path) -> None:
    clock = HandClock()
    session = HandSession(clock, answer=lambda url: link(7, START_MS // 1000))
    clock.pass_s(10 * DAY_S)

    async with links_at_work(tmp_path, clock, HandCrew({1: session})) as links:
        shown = [await links.fresh([job_with(7)]) for _ in range(3)]

    assert shown == [[job_with(7)]] * 3
    assert len(session.asked) == 1


async def test_requests_hold_fifty_links_and_few_run_at_once(tmp_path: Path) -> None:
    clock = HandClock()
    session = HandSession(clock)
    clock.pass_s(DAY_S)
    jobs = [job_with(*range(100 * n, 100 * n + 100)) for n in range(6)]

    async with links_at_work(tmp_path, clock, HandCrew({1: session})) as links:
        shown = await links.fresh(jobs)

    assert [len(urls) for urls in session.asked] == [MOST_LINKS] * 12
    assert session.most_under_way <= AT_ONCE
    assert {url for job in shown for url in links_of(job)} == {
        session.fresh(url) for urls in session.asked for url in urls
    }


async def test_a_failure_in_an_odd_way_ends_nothing(tmp_path: Path) -> None:
    clock = HandClock()
    session = HandSession(clock, trouble=RuntimeError("odd"))
    clock.pass_s(DAY_S)

    async with links_at_work(tmp_path, clock, HandCrew({1: session})) as links:
        as_it_is = await links.fresh([job_with(7)])
        session.trouble = None
        clock.pass_s(2)
        fresh = await links.fresh([job_with(7)])

    assert as_it_is == [job_with(7)]
    assert fresh != as_it_is


async def test_an_account_that_fails_is_left_alone_for_other_links_too(tmp_path: Path) -> None:
    clock = HandClock()
    session = HandSession(clock, trouble=HistoryUnavailable("busy", 503))
    clock.pass_s(DAY_S)

    async with links_at_work(tmp_path, clock, HandCrew({1: session})) as links:
        for number in range(5):
            await links.fresh([job_with(number)])

    assert len(session.asked) == 1


async def test_the_jobs_own_account_is_asked_and_another_when_it_is_not_there(tmp_path: Path) -> None:
    clock = HandClock()
    own, other = HandSession(clock), HandSession(clock)
    clock.pass_s(DAY_S)

    async with links_at_work(tmp_path, clock, HandCrew({2: other, 1: own})) as links:
        await links.fresh([job_with(7, account=1), job_with(8, account=3)])

    assert [len(own.asked), len(other.asked)] == [1, 1]
    assert "/7/" in own.asked[0][0]


async def test_nothing_is_asked_when_nobody_is_connected_and_at_once_when_somebody_is(tmp_path: Path) -> None:
    clock = HandClock()
    running_accounts = HandCrew({})
    clock.pass_s(DAY_S)

    async with links_at_work(tmp_path, clock, running_accounts) as links:
        before = await links.fresh([job_with(7)])
        running_accounts.connected = {1: HandSession(clock)}
        after = await links.fresh([job_with(7)])

    assert before == [job_with(7)]
    assert after != before
