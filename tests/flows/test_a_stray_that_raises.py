"""A stray of which the taking raises costs itself alone: the others are decided, and it keeps its row."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from bridge.chat import Message
from bridge.flows.intake import Intake
from bridge.jobs.job import State
from bridge.jobs.verdict import Rule
from bridge.pixverse.profile import DEFAULT
from bridge.store import messages
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.sqlite import SqliteDatabase
from tests.flows.conftest import Rig


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.account.id, rig.database, rig.bells, DEFAULT)


@pytest.fixture
def raising(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> str:
    """The message whose binding raises; it is the oldest stray."""
    poisoned = rig.completion(name="poisoned.mp4").id
    bind = messages.bind

    def bound(tx: Tx, account: int, message: Message, job: str, rule: Rule, now_ms: int) -> None:
        bind(tx, account, message, job, rule, now_ms)
        if message.id == poisoned:
            raise LookupError("a case that nobody thought of")

    monkeypatch.setattr("bridge.store.messages.bind", bound)
    return poisoned


async def with_two_strays(rig: Rig, intake: Intake) -> None:
    """Hear two videos, each of which may be of either of two jobs."""
    await rig.sent(1, negative_prompt="dogs")
    await rig.sent(2, negative_prompt="birds")
    await intake.take(rig.completion(name="poisoned.mp4"), rig.now())
    await intake.take(rig.completion(after_s=65, name="good.mp4"), rig.now())


async def decide(rig: Rig, intake: Intake) -> None:
    """Let the end of the second job tell that both are of the first one."""
    await intake.take(rig.completion(after_s=70, name="second.mp4", nonce="nonce-2"), rig.now())


async def kept(rig: Rig) -> list[str]:
    return [one.id for one in await rig.database.read(lambda tx: messages.strays(tx, rig.account.id))]


async def test_a_stray_that_raises_does_not_keep_the_others_from_their_jobs(
    rig: Rig, intake: Intake, raising: str
) -> None:
    await with_two_strays(rig, intake)

    await decide(rig, intake)

    first = await rig.job(1)
    assert first.said is not None
    assert (first.state, first.said.attachments[0].filename) == (State.COMPLETED, "good.mp4")
    assert await kept(rig) == [raising]


async def test_a_stray_that_raises_is_logged_once_and_not_tried_again(
    rig: Rig, intake: Intake, raising: str
) -> None:
    await with_two_strays(rig, intake)

    with capture_logs() as lines:
        await decide(rig, intake)
        await intake.try_strays(rig.now())
        await intake.try_strays(rig.now())

    told = [
        (line["message_id"], line["exc_info"]) for line in lines if line["event"] == "stray_was_not_taken"
    ]
    assert told == [(raising, True)]


async def test_the_job_of_a_stray_that_raises_is_not_proven_absent(
    rig: Rig, intake: Intake, raising: str
) -> None:
    await with_two_strays(rig, intake)

    await decide(rig, intake)

    assert raising in await intake.in_question()


async def test_a_stray_that_raised_is_tried_again_after_a_start(
    rig: Rig, intake: Intake, raising: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_two_strays(rig, intake)
    await decide(rig, intake)
    monkeypatch.undo()

    begun_anew = Intake(rig.account.id, rig.database, rig.bells, DEFAULT)
    await begun_anew.try_strays(rig.now())

    assert raising not in await kept(rig)


async def test_a_stray_that_the_disk_refuses_is_tried_again(
    rig: Rig, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_two_strays(rig, intake)
    write = SqliteDatabase.write
    done: list[object] = []

    async def refused_after_the_first(database: Database, body: Callable[[Tx], object]) -> object:
        if done:
            raise StoreUnavailable("database or disk is full")
        done.append(body)
        return await write(rig.database, body)

    monkeypatch.setattr(SqliteDatabase, "write", refused_after_the_first)
    await decide(rig, intake)
    monkeypatch.undo()
    before = (await rig.job(1)).state

    await intake.try_strays(rig.now())

    assert (before, (await rig.job(1)).state) == (State.SENT, State.COMPLETED)
    assert await kept(rig) == []
