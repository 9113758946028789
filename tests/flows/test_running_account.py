"""One account as a whole: a gap stays until it is read, a POST that has begun comes to its answer."""

import asyncio
from pathlib import Path

import pytest
import structlog

from bridge.account import Pace, RunningAccount
from bridge.accounts.condition import Standing
from bridge.chat import Interaction, Listening
from bridge.flows.catch_up import CatchUp
from bridge.grace import POST_S
from bridge.jobs.job import State
from bridge.pixverse.profile import DEFAULT
from bridge.store.database import StoreUnavailable, Tx
from bridge.store.uploads import uploads_in
from tests.flows.conftest import USER, Rig, condition, dispatching

POISON = """
    CREATE TRIGGER poison BEFORE INSERT ON job_messages WHEN NEW.message_id = 'ID'
    BEGIN SELECT json_extract('{', '$.a'); END
"""


@pytest.fixture
def running(rig: Rig, tmp_path: Path) -> RunningAccount:
    pace = Pace(pace_s=0, silence_s=1800)
    uploads = uploads_in(tmp_path)
    return RunningAccount(
        rig.account, rig.session, rig.database, rig.bells, rig.clock, DEFAULT, uploads, pace
    )


async def one_reading(rig: Rig, running: RunningAccount) -> None:
    """Let the account read a gap once, with its pause; there must be one to be read."""
    reading = asyncio.create_task(running._read_gap())
    rig.clock.pass_s(await rig.clock.sleeper_s())
    async with asyncio.timeout(5):
        await reading


async def test_a_gap_stays_to_be_read_when_discord_gave_nothing(rig: Rig, running: RunningAccount) -> None:
    await rig.sent(1)
    rig.session.said = [rig.completion()]
    rig.session.is_mute = True
    await running._taken(Listening(is_resumed=False, user_id=USER))
    await one_reading(rig, running)

    rig.session.is_mute = False
    await one_reading(rig, running)

    assert (await rig.job(1)).state is State.COMPLETED


async def test_a_gap_stays_to_be_read_after_any_error(
    rig: Rig, running: RunningAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is made up: a disk that fails for one read cannot be had on the dot."""
    await rig.sent(1)
    rig.session.said = [rig.completion()]
    await running._taken(Listening(is_resumed=False, user_id=USER))
    monkeypatch.setattr(CatchUp, "_missing", _disk_error)
    with pytest.raises(StoreUnavailable):
        await running._read_gap()
    monkeypatch.undo()

    await one_reading(rig, running)

    assert (await rig.job(1)).state is State.COMPLETED


async def test_what_appears_in_the_history_only_after_the_first_reading_is_found(
    rig: Rig, running: RunningAccount
) -> None:
    await rig.sent(1)
    await running._taken(Listening(is_resumed=False, user_id=USER))
    reading = asyncio.create_task(running._read_gap())
    pause_s = await rig.clock.sleeper_s()
    rig.session.said = [rig.completion()]

    rig.clock.pass_s(pause_s)
    async with asyncio.timeout(5):
        await reading

    assert (await rig.job(1)).state is State.COMPLETED


async def test_no_gap_is_read_on_an_account_that_needs_a_person(rig: Rig, running: RunningAccount) -> None:
    await rig.sent(1)
    rig.session.said = [rig.completion()]
    await running._taken(Listening(is_resumed=False, user_id=USER))
    rig.session.condition = condition(Standing.NEEDS_HUMAN)
    reading = asyncio.create_task(running._read_gap())
    for _ in range(5):
        rig.clock.pass_s(await rig.clock.sleeper_s())
        await asyncio.sleep(0)
    asked = len(rig.session.asked)

    rig.session.condition = condition(Standing.CONNECTED)
    while not reading.done():
        rig.clock.pass_s(1)
        await asyncio.sleep(0.01)

    assert asked == 0
    assert (await rig.job(1)).state is State.COMPLETED


async def test_listening_time_runs_while_the_session_is_connected(rig: Rig, running: RunningAccount) -> None:
    rig.session.condition = condition(Standing.NEEDS_HUMAN)
    await running._watch_once()
    rig.clock.pass_s(10)
    before_ms = running._now().listened_ms

    rig.session.condition = condition(Standing.CONNECTED)
    await running._watch_once()
    rig.clock.pass_s(10)

    assert (before_ms, running._now().listened_ms) == (0, 10_000)


async def test_how_many_messages_were_ignored_is_logged_once_a_minute(
    rig: Rig, running: RunningAccount
) -> None:
    await rig.sent(1)
    with structlog.testing.capture_logs() as lines:
        for second in range(90):
            await running._taken(rig.says("hi", after_s=second, interaction_user_id="222222222222222222"))
            rig.clock.pass_s(1)
            running._tell_ignored()

    told = [line["count"] for line in lines if line["event"] == "messages_ignored"]
    assert told == [1, 61]


async def test_a_stop_lets_a_post_that_has_begun_come_to_its_answer(
    rig: Rig, running: RunningAccount
) -> None:
    has_begun, may_answer = await a_post_under_way(rig)
    account = asyncio.create_task(running.run())
    await has_begun.wait()

    account.cancel()
    await asyncio.sleep(0)
    may_answer.set()
    await asyncio.wait({account}, timeout=POST_S)

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
    rig: Rig, running: RunningAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is made short: it is real time, as the answer would be."""
    monkeypatch.setattr("bridge.flows.submission.POST_S", 0.01)
    has_begun, _ = await a_post_under_way(rig)
    account = asyncio.create_task(running.run())
    await has_begun.wait()

    account.cancel()
    await asyncio.wait({account}, timeout=5)

    assert account.cancelled()
    assert (await rig.job(1)).state is State.SENDING


async def test_a_message_that_meets_a_mistake_costs_itself_and_no_account(
    rig: Rig, running: RunningAccount
) -> None:
    """The mistake is made up: a row that SQLite cannot take for another reason than its disk."""
    await rig.sent(1)
    poisoned, good = rig.completion(after_s=50), rig.completion(after_s=60)
    await rig.database.write(lambda tx: tx.run(POISON.replace("ID", poisoned.id)))
    rig.session.said = [poisoned, good]

    with structlog.testing.capture_logs() as lines:
        await running._hear()

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


def _disk_error(_catch_up: object, _tx: Tx) -> None:
    raise StoreUnavailable("disk I/O error")
