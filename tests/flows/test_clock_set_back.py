"""A clock that is set back holds nothing up: neither sends, answers nor callbacks."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.backoff import Backoff
from bridge.flows.hear.intake import Intake
from bridge.flows.send.dispatch import Pause
from bridge.flows.send.prepare import Obstacle, Prepare
from bridge.flows.submit.draft import insert_job
from bridge.flows.submit.first_news import FirstNews, Stopping
from bridge.jobs.job import Job, State
from bridge.jobs.signals import Acknowledged, Claimed
from bridge.sessions.port import NotSent
from bridge.store.database import Tx
from bridge.store.rows import accounts
from tests.flows.conftest import Passes, Rig, begin, dispatching, stepped

HOUR_S = 3600


@pytest.fixture
async def dispatch(rig: Rig, tmp_path: Path) -> AsyncIterator[Passes]:
    async with dispatching(rig, tmp_path, 2.0) as dispatch:
        yield dispatch


async def hold(rig: Rig, seconds: float) -> None:
    now_ms = rig.clock.now_ms()
    until_ms = now_ms + round(seconds * 1000)
    await rig.database.write(lambda tx: accounts.hold(tx, rig.account.id, now_ms, until_ms))


async def test_the_next_job_is_sent_and_the_pace_is_kept(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting(1)
    await dispatch.next()
    rig.clock.set_s(-HOUR_S)
    await rig.waiting(2, "a dog")
    await rig.waiting(3, "a horse")

    await dispatch.next()
    pause = await dispatch.next()

    assert ((await rig.job(2)).state, pause) == (State.SENT, Pause(2.0))


async def test_what_could_not_be_prepared_is_tried_again(
    rig: Rig, dispatch: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object) -> Obstacle:
        return Obstacle("REST answers 500")

    await rig.waiting()
    with monkeypatch.context() as patched:
        patched.setattr(Prepare, "interaction", failing)
        await dispatch.next()

    rig.clock.set_s(-HOUR_S)
    rig.clock.pass_s(60)
    await dispatch.next()

    assert (await rig.job()).state is State.SENT


async def test_what_failed_is_left_alone_no_longer(rig: Rig) -> None:
    back_off = Backoff(rig.clock, (2.0,))
    back_off.has_failed("a link")

    rig.clock.set_s(-HOUR_S)
    rig.clock.pass_s(2)

    assert back_off.is_over("a link")


async def test_a_program_gets_its_answer_when_the_patience_is_over(rig: Rig) -> None:
    job = await rig.sent()
    news = FirstNews(rig.database, rig.clock, 15, Stopping())
    with rig.notifier.subscribe(f"answered:{job.id}") as subscription:
        waiting = asyncio.ensure_future(news.of(job, subscription))
        await rig.clock.sleeper_s()

        rig.clock.set_s(-HOUR_S)
        rig.clock.pass_s(15)

        async with asyncio.timeout(30):
            assert (await waiting).state is State.SENT


async def test_what_did_not_leave_is_tried_again(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting()
    rig.session.answers = [NotSent("not connected")]
    await dispatch.next()

    rig.clock.set_s(-HOUR_S)
    await dispatch.next()

    assert (await rig.job()).state is State.SENT


async def test_a_hold_of_before_is_over_and_one_of_after_is_kept(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting(1)
    await dispatch.next()
    await hold(rig, 10)
    rig.clock.set_s(-HOUR_S)
    await rig.waiting(2, "a dog")
    await rig.waiting(3, "a horse")

    await dispatch.next()
    await hold(rig, 10)
    pause = await dispatch.next()

    assert ((await rig.job(2)).state, pause) == (State.SENT, Pause(10.0))


async def test_the_callback_is_due_at_once(rig: Rig) -> None:
    job = replace(rig.new_job(1), reply_url="http://x/y")

    def sent(tx: Tx) -> Job | None:
        kept = insert_job(tx, job).job
        begin(tx, kept, "nonce-1", rig.clock.now_ms())
        return stepped(tx, stepped(tx, kept, Claimed(), rig.now()), Acknowledged(), rig.now())

    await rig.database.write(sent)
    rig.clock.set_s(-HOUR_S)
    await Intake(rig.context).take(rig.completion(), rig.now())

    rows = await rig.database.read(lambda tx: tx.all("SELECT due_ms FROM deliveries"))
    assert [row["due_ms"] for row in rows] == [rig.clock.now_ms()]
