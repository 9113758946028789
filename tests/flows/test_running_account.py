"""One account as a whole: a gap stays until it is read, a POST that has begun comes to its answer."""

import asyncio
from pathlib import Path

import pytest
import structlog

from bridge.accounts.condition import Standing
from bridge.chat import Interaction
from bridge.flows.hear.catch_up import CatchUp, Reach
from bridge.jobs.job import State
from bridge.running.listening import SAVE_MS
from bridge.store.database import StoreUnavailable
from tests.flows.conftest import Rig, dispatching
from tests.tools.poison import poison
from tests.tools.running_account import LiveSession, account_of, ended, running, seconds_pass, until


@pytest.fixture
def session(rig: Rig) -> LiveSession:
    rig.session = session = LiveSession()
    return session


async def test_a_gap_stays_to_be_read_when_discord_gave_nothing(
    rig: Rig, session: LiveSession, tmp_path: Path
) -> None:
    await rig.sent(1)
    session.said = [rig.completion()]
    session.is_mute = True
    session.listens()

    async with running(rig, tmp_path):
        await until(rig, lambda: bool(session.asked))
        session.is_mute = False
        await ended(rig)

    assert (await rig.job(1)).state is State.COMPLETED


async def test_a_gap_stays_to_be_read_after_any_error(
    rig: Rig, session: LiveSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is made up: a disk that fails for one read cannot be had on the dot."""
    failed = []

    async def fail(_: CatchUp) -> Reach:
        failed.append(True)
        raise StoreUnavailable("disk I/O error")

    await rig.sent(1)
    session.said = [rig.completion()]
    session.listens()
    monkeypatch.setattr(CatchUp, "run", fail)

    async with running(rig, tmp_path):
        await until(rig, lambda: bool(failed))
        monkeypatch.undo()
        await ended(rig)

    assert (await rig.job(1)).state is State.COMPLETED


async def test_what_appears_in_the_history_only_after_the_first_reading_is_found(
    rig: Rig, session: LiveSession, tmp_path: Path
) -> None:
    await rig.sent(1)
    session.listens()

    async with running(rig, tmp_path):
        await until(rig, lambda: bool(session.asked))
        session.said = [rig.completion()]
        await ended(rig)

    assert (await rig.job(1)).state is State.COMPLETED


async def test_no_gap_is_read_on_an_account_that_needs_a_person(
    rig: Rig, session: LiveSession, tmp_path: Path
) -> None:
    await rig.sent(1)
    session.said = [rig.completion()]
    session.listens()
    session.becomes(Standing.NEEDS_HUMAN)

    async with running(rig, tmp_path):
        await seconds_pass(rig, 30)
        asked = len(session.asked)
        session.becomes(Standing.CONNECTED)
        await ended(rig)

    assert asked == 0
    assert (await rig.job(1)).state is State.COMPLETED


async def test_listening_time_runs_while_the_session_is_connected(
    rig: Rig, session: LiveSession, tmp_path: Path
) -> None:
    await rig.sent(1)
    session.becomes(Standing.NEEDS_HUMAN)

    async with running(rig, tmp_path):
        await seconds_pass(rig, 60)
        session.becomes(Standing.CONNECTED)
        await seconds_pass(rig, 60)
        account = await rig.database.read(lambda tx: rig.accounts.by_id(tx, rig.account.id))

    assert account is not None
    assert 60_000 - SAVE_MS <= account.listened_ms <= 60_000


async def test_how_many_messages_were_ignored_is_logged_once_a_minute(
    rig: Rig, session: LiveSession, tmp_path: Path
) -> None:
    await rig.sent(1)
    session.listens()

    with structlog.testing.capture_logs() as lines:
        async with running(rig, tmp_path):
            for second in range(120):
                session.hears(rig.says("hi", after_s=second, interaction_user_id="222222222222222222"))
                await seconds_pass(rig, 1)

    first, second = [line["count"] for line in lines if line["event"] == "messages_ignored"]
    assert 0 < first < second


async def test_a_stop_lets_a_post_that_has_begun_come_to_its_answer(
    rig: Rig, session: LiveSession, tmp_path: Path
) -> None:
    has_begun, may_answer = await a_post_under_way(rig)
    account = asyncio.create_task(account_of(rig, tmp_path).run())
    await has_begun.wait()

    account.cancel()
    await asyncio.sleep(0)
    may_answer.set()
    await asyncio.wait({account}, timeout=30)

    assert account.cancelled()
    assert (await rig.job(1)).state is State.SENT
    assert [post["answer"] for post in await rig.posts()] == ["taken"]


async def test_a_send_that_is_cancelled_from_within_does_not_end_the_sending(
    rig: Rig, tmp_path: Path
) -> None:
    async def cancelled(_interaction: Interaction, _nonce: str) -> None:
        rig.session.while_sending = None
        raise asyncio.CancelledError

    await rig.waiting(1)
    await rig.waiting(2, "a dog")
    rig.session.while_sending = cancelled

    async with dispatching(rig, tmp_path) as dispatch:
        await dispatch.next()
        await dispatch.next()

    assert [(await rig.job(number)).state for number in (1, 2)] == [State.SENDING, State.SENT]


async def test_a_stop_waits_for_no_answer_that_does_not_come(
    rig: Rig, session: LiveSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is made short: it is real time, as the answer would be."""
    monkeypatch.setattr("bridge.flows.send.posting.POST_S", 0.01)
    has_begun, _ = await a_post_under_way(rig)
    account = asyncio.create_task(account_of(rig, tmp_path).run())
    await has_begun.wait()

    account.cancel()
    await asyncio.wait({account}, timeout=30)

    assert account.cancelled()
    assert (await rig.job(1)).state is State.SENDING


async def test_a_message_that_meets_a_mistake_costs_itself_and_no_account(
    rig: Rig, session: LiveSession, tmp_path: Path
) -> None:
    await rig.sent(1)
    poisoned, good = rig.completion(after_s=50), rig.completion(after_s=60)
    await poison(rig, poisoned)
    session.hears(poisoned, good)

    with structlog.testing.capture_logs() as lines:
        async with running(rig, tmp_path):
            await ended(rig)

    assert (await rig.job(1)).state is State.COMPLETED
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["heard_was_not_taken"]


async def a_post_under_way(rig: Rig) -> tuple[asyncio.Event, asyncio.Event]:
    """Keep a job whose POST says when it has begun, and is answered when it may be."""
    has_begun, may_answer = asyncio.Event(), asyncio.Event()

    async def wait(_interaction: Interaction, _nonce: str) -> None:
        has_begun.set()
        await may_answer.wait()

    await rig.waiting(1)
    rig.session.while_sending = wait
    return has_begun, may_answer
