"""A stray that raises when it is judged or taken in costs itself alone: the others are decided."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from bridge.chat import Message
from bridge.flows.end.giving_up import UnprovenJobs
from bridge.flows.hear.catch_up import Reach
from bridge.flows.hear.intake import Intake
from bridge.jobs.job import State
from bridge.jobs.verdict import Rule, Verdict
from bridge.matching.matcher import match
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import messages
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.flows.conftest import Rig


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.context)


@pytest.fixture
def raising(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> str:
    """The message whose binding raises; it is the oldest stray."""
    poisoned = rig.completion(name="poisoned.mp4").id
    bind = messages.bind

    def bound(tx: Tx, account: int, message: Message, job: str, rule: Rule, now_ms: int) -> None:
        bind(tx, account, message, job, rule, now_ms)
        if message.id == poisoned:
            raise LookupError("a case that nobody thought of")

    monkeypatch.setattr("bridge.store.rows.messages.bind", bound)
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
    return sorted(await rig.database.read(lambda tx: messages.stray_ids(tx, rig.account.id)))


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
        await intake.retry_strays(rig.now())
        await intake.retry_strays(rig.now())

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

    begun_anew = Intake(rig.context)
    await begun_anew.retry_strays(rig.now())

    assert raising not in await kept(rig)


async def test_a_stray_that_the_disk_refuses_is_tried_again(
    rig: Rig, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_two_strays(rig, intake)
    write: Any = SqliteDatabase.write
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

    await intake.retry_strays(rig.now())

    assert (before, (await rig.job(1)).state) == (State.SENT, State.COMPLETED)
    assert await kept(rig) == []


async def broken(rig: Rig) -> str:
    """Break the row of the oldest stray; what it may be about is not known after a start."""
    poisoned = rig.completion(name="poisoned.mp4").id
    await rig.database.write(
        lambda tx: tx.run("UPDATE strays SET body = '{' WHERE message_id = :id", id=poisoned)
    )
    return poisoned


@pytest.fixture
def unmatchable(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> str:
    """The message at which the matcher raises once it is a stray; it is the oldest."""
    poisoned = rig.completion(name="poisoned.mp4").id

    def matched(message: Message, *others: Any) -> Verdict:
        if message.id == poisoned:
            raise LookupError("a case that nobody thought of")
        return match(message, *others)

    monkeypatch.setattr("bridge.flows.hear.strays.verdict_on", matched)
    return poisoned


async def test_a_stray_whose_row_is_broken_keeps_no_other_from_its_job(rig: Rig, intake: Intake) -> None:
    await with_two_strays(rig, intake)
    poisoned = await broken(rig)
    begun_anew = Intake(rig.context)

    await decide(rig, begun_anew)

    first = await rig.job(1)
    assert first.said is not None
    assert (first.state, first.said.attachments[0].filename) == (State.COMPLETED, "good.mp4")
    assert await kept(rig) == [poisoned]


async def test_a_stray_that_cannot_be_matched_keeps_no_other_from_its_job(
    rig: Rig, intake: Intake, unmatchable: str
) -> None:
    await with_two_strays(rig, intake)

    await decide(rig, intake)

    assert (await rig.job(1)).state is State.COMPLETED
    assert await kept(rig) == [unmatchable]


async def test_a_stray_that_cannot_be_judged_is_logged_once_and_not_tried_again(
    rig: Rig, intake: Intake, unmatchable: str
) -> None:
    await with_two_strays(rig, intake)

    with capture_logs() as lines:
        await decide(rig, intake)
        await intake.retry_strays(rig.now())
        await intake.in_question()

    told = [
        (line["message_id"], line["exc_info"]) for line in lines if line["event"] == "stray_was_not_judged"
    ]
    assert told == [(unmatchable, True)]


async def test_the_jobs_that_a_stray_was_about_are_in_question_when_it_cannot_be_judged_any_more(
    rig: Rig, intake: Intake, unmatchable: str
) -> None:
    await with_two_strays(rig, intake)
    await rig.sending(3, "a dog")

    asked = await intake.in_question()

    assert asked[unmatchable] == {"job-1", "job-2"}
    assert len(asked) == 2


async def test_every_job_that_is_owed_is_in_question_when_nobody_can_tell_what_a_stray_is_about(
    rig: Rig, intake: Intake
) -> None:
    await with_two_strays(rig, intake)
    await rig.sending(3, "a dog")
    await rig.waiting(4)
    poisoned = await broken(rig)

    asked = await Intake(rig.context).in_question()

    assert asked[poisoned] == {"job-1", "job-2", "job-3"}


async def test_a_job_is_not_given_up_while_a_stray_that_may_be_its_own_cannot_be_read(
    rig: Rig, intake: Intake
) -> None:
    await with_two_strays(rig, intake)
    await rig.sending(3, "a dog")
    await broken(rig)
    begun_anew = Intake(rig.context)
    doubt = UnprovenJobs(rig.context, whole, lambda: None, begun_anew.in_question)
    rig.clock.pass_s(60)

    for _ in range(3):
        await doubt.sweep()

    assert (await rig.job(3)).state is State.SENDING


async def test_a_stray_that_cannot_be_judged_for_the_disk_alone_is_judged_again(
    rig: Rig, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_two_strays(rig, intake)

    def refused(*_: object) -> Verdict:
        raise sqlite3_full()

    monkeypatch.setattr("bridge.flows.hear.strays.verdict_on", refused)
    with pytest.raises(StoreUnavailable):
        await decide(rig, intake)
    monkeypatch.undo()

    await intake.retry_strays(rig.now())

    assert (await rig.job(1)).state is State.COMPLETED
    assert await kept(rig) == []


async def test_a_stray_that_cannot_be_judged_is_judged_again_when_it_is_said_anew(
    rig: Rig, intake: Intake, unmatchable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_two_strays(rig, intake)
    await intake.in_question()
    monkeypatch.undo()

    await intake.take(rig.completion(name="poisoned.mp4"), rig.now())
    await decide(rig, intake)

    assert await kept(rig) == []


async def whole() -> Reach:
    return Reach.WHOLE


def sqlite3_full() -> sqlite3.Error:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error
