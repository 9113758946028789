"""What Discord answered is never forgotten, however the disk does; an outage fails nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest

from bridge.accounts.account import Kind
from bridge.accounts.condition import Standing
from bridge.chat import Interaction, Message
from bridge.flows.hear.intake import Intake
from bridge.flows.send.dispatch import Pause
from bridge.flows.send.next_job import RETRY_LIMIT_MS
from bridge.flows.send.posting import PROOF_S
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import Cause, State
from bridge.sessions.port import LONGEST_RETRY_S, HistoryUnavailable, NotSent, Sent, Throttled
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import accounts, jobs
from tests.flows.conftest import SERVER, TENANT, TOKEN, Passes, Rig, condition, dispatching

Value = TypeVar("Value")
OTHER_CHANNEL = "1168473004498501999"
HELD = Throttled(600, is_global=False, body="{}")


@dataclass
class Moody:
    """The database, on a disk that is full for one write when told so: no real one fills on the dot."""

    database: Database
    is_full: bool = False

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        return await self.database.read(body)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        return await self.database.query(body)

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        if self.is_full:
            self.is_full = False
            raise StoreUnavailable("the disk is full")
        return await self.database.write(body)


@pytest.fixture
def moody(rig: Rig) -> Moody:
    return Moody(rig.database)


@pytest.fixture
async def dispatch(rig: Rig, moody: Moody, tmp_path: Path) -> AsyncIterator[Passes]:
    async with dispatching(rig, tmp_path, database=moody) as dispatch:
        yield dispatch


async def run(rig: Rig, dispatch: Passes) -> None:
    """Let one pass come to its end, whatever it waits for."""
    passing = asyncio.ensure_future(dispatch.next())
    while not passing.done():
        await asyncio.wait({passing}, timeout=0.02)
        rig.clock.pass_s(1)
    await passing


def answers(rig: Rig, moody: Moody, sent: Sent) -> None:
    """Let Discord answer the next POST, and the disk be full just then."""

    async def fill(_interaction: Interaction, _nonce: str) -> None:
        moody.is_full = True

    rig.session.answers = [sent]
    rig.session.while_sending = fill


async def test_a_429_is_kept_to_although_the_disk_was_full_when_it_came(
    rig: Rig, moody: Moody, dispatch: Passes
) -> None:
    await rig.waiting(1)
    await rig.waiting(2, "a dog")
    answers(rig, moody, HELD)

    await run(rig, dispatch)
    await run(rig, dispatch)

    assert len(rig.session.sent) == 1
    assert (await rig.job(1)).state is State.GIVEN_UP


async def test_a_proof_that_nothing_ran_is_kept_although_the_disk_was_full_when_it_came(
    rig: Rig, moody: Moody, dispatch: Passes
) -> None:
    await rig.waiting(1)
    answers(rig, moody, NotSent("not connected"))

    await run(rig, dispatch)

    assert (await rig.job(1)).state is State.WAITING


@pytest.mark.parametrize(("asked_s", "held_s"), [(1e300, LONGEST_RETRY_S), (float("nan"), 0), (-5, 0)])
async def test_no_retry_after_is_too_strange(
    rig: Rig, dispatch: Passes, asked_s: float, held_s: float
) -> None:
    await rig.waiting(1)
    rig.session.answers = [replace(HELD, retry_after_s=asked_s)]
    sending = asyncio.ensure_future(dispatch.next())
    await rig.session.is_posting.wait()
    before_ms = rig.clock.now_ms()
    await rig.clock.sleeper_s()

    rig.clock.pass_s(PROOF_S)
    await sending

    held_until_ms = await rig.database.read(lambda tx: accounts.held_until_ms(tx, rig.account.id, before_ms))
    assert held_until_ms == before_ms + held_s * 1000
    assert (await rig.job(1)).state is State.GIVEN_UP


@pytest.mark.parametrize(("is_global", "count"), [(True, 1), (False, 2)])
async def test_a_global_429_holds_all_accounts_of_its_person(
    rig: Rig, dispatch: Passes, tmp_path: Path, is_global: bool, count: int
) -> None:
    await rig.waiting(1)
    other = await rig.database.write(
        lambda tx: rig.accounts.insert(
            tx,
            tenant=TENANT,
            kind=Kind.PASSING,
            server=SERVER,
            channel=OTHER_CHANNEL,
            max_jobs=2,
            token=TOKEN,
            now_ms=1,
        )
    )
    rig.session.answers = [replace(HELD, is_global=is_global)]
    await run(rig, dispatch)
    rig.account = other
    await rig.waiting(2, "a dog")

    async with dispatching(rig, tmp_path, account=other) as its_dispatch:
        await run(rig, its_dispatch)

    assert len(rig.session.sent) == count


async def test_an_outage_of_an_hour_fails_no_job_that_waits(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting(1)
    rig.session.answers = [NotSent("Discord answered 503")] * 500
    until_ms = rig.clock.now_ms() + 3_600_000

    while rig.clock.now_ms() < until_ms:
        pause = await dispatch.next()
        rig.clock.pass_s(pause.seconds if pause else 0)
    rig.session.answers.clear()
    rig.clock.pass_s(60)
    await dispatch.next()

    assert len(rig.session.sent) < 80
    assert (await rig.job(1)).state is State.SENT


async def test_an_outage_without_end_ends_the_job(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting(1)
    rig.session.answers = [NotSent("Discord answered 503")] * 500
    until_ms = rig.clock.now_ms() + RETRY_LIMIT_MS + 600_000

    while rig.clock.now_ms() < until_ms:
        pause = await dispatch.next()
        rig.clock.pass_s(pause.seconds if pause else 0)

    job = await rig.job(1)
    assert job.failure is not None
    assert (job.state, job.failure.cause) == (State.FAILED, Cause.NOT_SENDABLE)


async def test_hours_in_which_nothing_could_be_tried_end_no_job(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting(1)
    rig.session.answers = [NotSent("Discord answered 503")] * 3
    await dispatch.next()

    for _ in range(2):
        rig.session.condition = condition(Standing.RECONNECTING)
        await dispatch.next()
        rig.clock.pass_s(RETRY_LIMIT_MS / 1000 + 1)
        rig.session.condition = condition(Standing.CONNECTED)
        await dispatch.next()

    assert (await rig.job(1)).state is State.WAITING
    assert len(rig.session.sent) == 3


async def test_a_job_that_cannot_leave_holds_up_none_behind_it(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting(1)
    await rig.waiting(2, "a dog")
    rig.session.answers = [NotSent("the upload was not taken")]

    await dispatch.next()
    await dispatch.next()
    pause = await dispatch.next()

    assert [(await rig.job(number)).state for number in (1, 2)] == [State.WAITING, State.SENT]
    assert isinstance(pause, Pause)
    assert pause.seconds == 2


async def test_a_button_whose_parent_cannot_be_read_holds_up_none_behind_it(
    rig: Rig, dispatch: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.sent(3, "a horse")
    await Intake(rig.context).take(rig.completion("a horse", nonce="nonce-3"), rig.now())
    pressed = replace(rig.new_job(1), command=Command(verb=Verb.BUTTON, button="U1"), parent="job-3")
    await rig.database.write(lambda tx: jobs.insert(tx, pressed))
    await rig.waiting(2, "a dog")
    monkeypatch.setattr(rig.session, "message", _unreadable)

    await dispatch.next()
    await dispatch.next()

    assert [(await rig.job(number)).state for number in (1, 2)] == [State.WAITING, State.SENT]


async def _unreadable(_message_id: str) -> Message | None:
    raise HistoryUnavailable("Discord answered 500", 500)
