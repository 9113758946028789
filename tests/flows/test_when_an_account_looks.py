"""When an account looks what it may send: as often as something may have changed, and no more often."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.chat import Interaction
from bridge.flows.end.cancel import Cancel
from bridge.flows.hear.intake import Intake
from bridge.flows.send import dispatch as module
from bridge.flows.send.next_job import SenderState, Turn, next_turn
from bridge.flows.step import Freed
from bridge.flows.timing import STANDARD
from bridge.jobs.job import State
from bridge.pixverse.profile import Profile
from bridge.sessions.port import NotSent
from bridge.store.database import Tx
from bridge.store.rows import jobs
from tests.flows.conftest import TENANT, Rig, dispatching


class Sending:
    """An account that sends, and what its looks have found."""

    def __init__(self, rig: Rig) -> None:
        self.turns: list[Turn] = []
        self._rig = rig
        self._loop = asyncio.get_running_loop()
        self._has_looked = asyncio.Event()

    def note(self, turn: Turn) -> Turn:
        """Keep what a look has found, in the database's thread."""
        self.turns.append(turn)
        self._loop.call_soon_threadsafe(self._has_looked.set)
        return turn

    async def job_comes(self, number: int = 1, prompt: str = "a cat", **fields: str) -> None:
        await self._rig.waiting(number, prompt, **fields)
        self._rig.notifier.notify(f"account:{self._rig.account.id}")

    async def looks(self, times: int) -> None:
        """Return when it has looked so many times, and rests."""
        async with asyncio.timeout(30):
            while len(self.turns) < times:
                self._has_looked.clear()
                await self._has_looked.wait()
        await self.rests()

    async def rests(self) -> None:
        """Return when nothing more is looked for until time passes or something rings."""
        for _ in range(3):
            await asyncio.sleep(0)
            await self._rig.clock.sleeper_s()

    async def posts(self) -> None:
        """Return when a POST was made and all that follows from it."""
        await self._rig.session.is_posting.wait()
        self._rig.session.is_posting.clear()
        await self.rests()


@pytest.fixture
async def sending(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sending]:
    found = Sending(rig)

    def noted(tx: Tx, account: int, profile: Profile, known: SenderState) -> Turn:
        return found.note(next_turn(tx, account, profile, known))

    monkeypatch.setattr(module, "next_turn", noted)
    async with dispatching(rig, tmp_path) as dispatch:
        running = asyncio.create_task(dispatch.dispatch.run())
        await found.rests()
        yield found
        running.cancel()
        await asyncio.wait({running})


async def test_a_job_is_sent_after_a_single_look(rig: Rig, sending: Sending) -> None:
    sending.turns.clear()

    await sending.job_comes()
    await sending.posts()

    assert (await rig.job()).state is State.SENT
    assert len(sending.turns) == 1


async def test_jobs_that_came_together_take_a_look_each(rig: Rig, sending: Sending) -> None:
    await rig.waiting(1, "a cat")
    sending.turns.clear()

    await sending.job_comes(2, "two robots dancing")
    await sending.posts()
    await sending.posts()

    assert [(await rig.job(number)).state for number in (1, 2)] == [State.SENT, State.SENT]
    assert len(sending.turns) == 2


async def test_a_job_that_was_cancelled_while_it_was_prepared_is_not_sent(rig: Rig, sending: Sending) -> None:
    async def cancel(_: Interaction) -> None:
        await Cancel(rig.database, rig.notifier, rig.now).run(TENANT, "job-1")

    rig.session.while_preparing = cancel
    sending.turns.clear()

    await sending.job_comes()
    await sending.looks(2)

    assert rig.session.sent == []
    assert not sending.turns[-1].waiting


async def test_what_happens_while_a_job_is_prepared_is_looked_at_before_it_is_sent(
    rig: Rig, sending: Sending
) -> None:
    async def change(_: Interaction) -> None:
        rig.notifier.notify(f"account:{rig.account.id}", Freed())

    rig.session.while_preparing = change
    sending.turns.clear()

    await sending.job_comes()
    await sending.posts()

    assert len(rig.session.sent) == 1
    assert [bool(turn.post) for turn in sending.turns] == [False, True]


async def test_the_end_of_a_job_costs_no_look_while_nothing_waits(rig: Rig, sending: Sending) -> None:
    await sending.job_comes()
    await sending.posts()
    [(_, nonce)] = rig.session.sent
    sending.turns.clear()

    await Intake(rig.context).take(rig.completion(nonce=nonce), rig.now())
    await sending.rests()

    assert (await rig.job()).state is State.COMPLETED
    assert sending.turns == []


async def test_the_end_of_a_job_lets_its_look_alike_go(rig: Rig, sending: Sending) -> None:
    await sending.job_comes(1, negative_prompt="rain")
    await sending.posts()
    await sending.job_comes(2, negative_prompt="snow")
    await sending.looks(3)
    [(_, nonce)] = rig.session.sent

    await Intake(rig.context).take(rig.completion(nonce=nonce), rig.now())
    await sending.posts()

    assert (await rig.job(2)).state is State.SENT


async def test_what_did_not_leave_goes_after_its_pause(rig: Rig, sending: Sending) -> None:
    rig.session.answers = [NotSent("not connected")]
    await sending.job_comes()
    await sending.posts()
    before = (await rig.job()).state

    rig.clock.pass_s(2)
    await sending.posts()

    assert (before, (await rig.job()).state) == (State.WAITING, State.SENT)


async def test_a_job_that_nobody_rang_for_is_found_after_a_while_however_much_ends(
    rig: Rig, sending: Sending
) -> None:
    await rig.waiting()

    for _ in range(3):
        rig.clock.pass_s(STANDARD.look_again_s / 3)
        rig.notifier.notify(f"account:{rig.account.id}", Freed())
    await sending.posts()

    assert (await rig.job()).state is State.SENT


async def test_a_job_that_cannot_be_claimed_by_now_is_looked_at_again(rig: Rig, sending: Sending) -> None:
    async def hold(_: Interaction) -> None:
        job = await rig.job()
        await rig.database.write(lambda tx: jobs.save(tx, replace(job, state=State.CANCELLED, ended_ms=1)))

    rig.session.while_preparing = hold
    sending.turns.clear()

    await sending.job_comes()
    await sending.looks(2)

    assert rig.session.sent == []
    assert not sending.turns[-1].waiting
