"""A job whose row cannot be read, damaged or of a newer bridge: it costs itself alone, and is told of."""

from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.chat import InteractionCreated, snowflake_at
from bridge.flows.end.expire import ExpireOwed
from bridge.flows.end.giving_up import SilentJobs, UnprovenJobs
from bridge.flows.hear.catch_up import Reach
from bridge.flows.hear.intake import Intake
from bridge.flows.send.next_job import SenderState, next_turn
from bridge.flows.timing import Timing
from bridge.jobs.job import Cause, State
from bridge.pixverse.profile import DEFAULT
from bridge.running.reporting import REPORT_MS
from bridge.store.database import Tx
from bridge.store.rows import jobs, messages
from tests.flows.conftest import USER, Rig, nothing_in_question
from tests.tools.bot_answers import offer, started
from tests.tools.hand_clock import START_MS
from tests.tools.running_account import LiveSession, running, seconds_pass


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.context)


async def damage(rig: Rig, number: int) -> str:
    """Damage the row of a job, and return its body as it was."""

    def body(tx: Tx) -> str:
        row = tx.one("SELECT body FROM jobs WHERE id = :id", id=f"job-{number}")
        tx.run("UPDATE jobs SET body = '{' WHERE id = :id", id=f"job-{number}")
        return str(row["body"])  # type: ignore[index]

    return await rig.database.write(body)


async def mend(rig: Rig, number: int, text: str) -> None:
    await rig.database.write(
        lambda tx: tx.run("UPDATE jobs SET body = :text WHERE id = :id", id=f"job-{number}", text=text)
    )


async def kept(rig: Rig) -> frozenset[str]:
    return await rig.database.read(lambda tx: messages.stray_ids(tx, rig.account.id))


async def test_the_video_of_another_job_is_taken(rig: Rig, intake: Intake) -> None:
    await rig.sent(1, "two robots")
    await rig.sent(2)
    await damage(rig, 1)

    await intake.take(rig.completion(nonce="nonce-2"), rig.now())

    assert (await rig.job(2)).state is State.COMPLETED


async def test_a_job_behind_it_is_sent(rig: Rig) -> None:
    await rig.sent(1, "two robots")
    await offer(rig, 1)
    await rig.waiting(2, "a dog")
    await rig.waiting(3)
    await damage(rig, 1)
    await damage(rig, 2)
    known = SenderState(START_MS, pace_s=0, ready=frozenset({"job-3"}))

    turn = await rig.database.read(lambda tx: next_turn(tx, rig.account.id, DEFAULT, known))

    assert turn.post is not None
    assert turn.post.id == "job-3"


async def test_a_silent_job_beside_it_is_given_up(rig: Rig) -> None:
    await rig.sent(1, "two robots")
    await rig.sent(2)
    await damage(rig, 1)
    rig.listened_ms = 61_000

    async def whole() -> Reach:
        return Reach.WHOLE

    quick = replace(rig.context, timing=Timing(silence_s=60))
    silence = SilentJobs(quick, whole, nothing_in_question)
    await silence.sweep()
    await ExpireOwed(rig.context).sweep()

    failure = (await rig.job(2)).failure
    assert failure is not None
    assert failure.cause is Cause.SILENCE


async def test_its_messages_are_kept_and_taken_when_it_can_be_read(rig: Rig, intake: Intake) -> None:
    await rig.sent(1)
    text = await damage(rig, 1)
    start, video = rig.says(started("a cat"), nonce="nonce-1"), rig.completion(nonce="nonce-1")

    for _ in range(2):
        await intake.take(start, rig.now())
        await intake.take(video, rig.now())
        await intake.retry_strays(rig.now())
    before = await kept(rig)
    await mend(rig, 1, text)
    await Intake(rig.context).retry_strays(rig.now())

    assert before == {start.id, video.id}
    assert (await rig.job(1)).state is State.COMPLETED
    assert await kept(rig) == frozenset()


async def test_a_further_message_of_its_bound_one_is_kept(rig: Rig, intake: Intake) -> None:
    await rig.sent(1)
    start = rig.says(started("a cat"), nonce="nonce-1")
    await intake.take(start, rig.now())
    text = await damage(rig, 1)

    await intake.take(rig.says("75 %", id=start.id, is_edit=True), rig.now())

    assert await kept(rig) == {start.id}
    await mend(rig, 1, text)


async def test_the_id_of_its_interaction_is_kept(rig: Rig, intake: Intake) -> None:
    ours = snowflake_at(START_MS + 80)
    await rig.sent(1)
    text = await damage(rig, 1)

    await intake.take(InteractionCreated(ours, "nonce-1"), rig.now())

    assert [post["interaction_id"] for post in await rig.posts()] == [ours]
    await mend(rig, 1, text)


@pytest.mark.parametrize("said", ["a cat", "a cat on a roof"])
async def test_a_video_that_may_be_its_own_is_not_given_to_another(
    rig: Rig, intake: Intake, said: str
) -> None:
    """What it was sent with is not known: without an id the video can be of either."""
    await rig.sent(1, "a cat")
    await rig.sent(2, said)
    await damage(rig, 1)
    video = rig.completion(said)

    await intake.take(video, rig.now())

    assert (await rig.job(2)).state is State.SENT
    assert await kept(rig) == {video.id}


async def test_a_video_without_an_id_is_anothers_when_its_own_is_no_longer_expected(
    rig: Rig, intake: Intake
) -> None:
    await rig.sent(1, "a cat")
    await damage(rig, 1)
    rig.clock.pass_s(7_200)
    await rig.sent(2, "a dog")

    await intake.take(rig.completion("a dog", after_s=7_260), rig.now())

    assert (await rig.job(2)).state is State.COMPLETED


async def test_it_is_told_of_once(rig: Rig, tmp_path: Path) -> None:
    await rig.sent(1, "two robots")
    await rig.sent(2)
    await damage(rig, 1)
    rig.session = session = LiveSession()
    session.listens()

    with capture_logs() as lines:
        async with running(rig, tmp_path):
            await seconds_pass(rig, 2.5 * REPORT_MS / 1000, at_a_time_s=5)

    loud = [(line["event"], line.get("job_id")) for line in lines if line["log_level"] == "error"]
    assert loud == [("job_cannot_be_read", "job-1")]


async def test_an_account_whose_only_owed_job_it_is_goes_on_listening_for_it(rig: Rig) -> None:
    await rig.sent(1)
    await damage(rig, 1)

    has_any, owed = await rig.database.read(
        lambda tx: (jobs.has_any_left(tx, rig.account.id), jobs.owed_ids(tx, rig.account.id))
    )

    assert (has_any, list(owed)) == (True, ["job-1"])


async def test_a_message_that_raises_is_kept_for_the_next_start(
    rig: Rig, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.sent(1)
    video = rig.completion(nonce="nonce-1", interaction_user_id=USER)

    def always(*_: object) -> None:
        raise LookupError("a case that nobody thought of")

    monkeypatch.setattr("bridge.store.rows.messages.bind", always)
    with pytest.raises(LookupError):
        await intake.take(video, rig.now())
    asked = await intake.in_question()
    monkeypatch.undo()
    await intake.retry_strays(rig.now())
    before = (await rig.job(1)).state
    await Intake(rig.context).retry_strays(rig.now())

    assert asked == {video.id: {"job-1"}}
    assert (before, (await rig.job(1)).state) == (State.SENT, State.COMPLETED)
    assert await kept(rig) == frozenset()


async def test_a_message_that_raised_is_taken_when_it_is_said_again(
    rig: Rig, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.sent(1)
    video = rig.completion(nonce="nonce-1")

    def always(*_: object) -> None:
        raise LookupError("a case that nobody thought of")

    monkeypatch.setattr("bridge.store.rows.messages.bind", always)
    with pytest.raises(LookupError):
        await intake.take(video, rig.now())
    monkeypatch.undo()

    await intake.take(video, rig.now())
    await intake.retry_strays(rig.now())

    assert (await rig.job(1)).state is State.COMPLETED
    assert (await kept(rig), await intake.in_question()) == (frozenset(), {})


async def test_its_last_words_are_waited_for_no_longer_than_a_day(rig: Rig) -> None:
    await rig.sent(1)
    await damage(rig, 1)
    oblivion = ExpireOwed(rig.context)
    owed = []

    for hours in (23, 2):
        rig.clock.pass_s(hours * 3_600)
        await oblivion.sweep()
        owed.append(await rig.database.read(lambda tx: list(jobs.owed_ids(tx, rig.account.id))))

    assert owed == [["job-1"], []]


async def test_the_history_is_not_read_for_it_again_and_again(rig: Rig) -> None:
    await rig.sending(1)
    await damage(rig, 1)
    rig.clock.pass_s(60)
    reads = []

    async def whole() -> Reach:
        reads.append(rig.clock.now_ms())
        return Reach.WHOLE

    doubt = UnprovenJobs(rig.context, whole, lambda: None, nothing_in_question)
    for _ in range(50):
        await doubt.sweep()

    assert reads == []


async def test_a_modal_that_cannot_be_read_keeps_nothing_else_waiting(rig: Rig) -> None:
    await rig.sent(1, "two robots")
    await offer(rig, 1)
    await rig.waiting(2)
    await rig.database.write(lambda tx: tx.run("UPDATE interactions SET modal = '{'"))
    known = SenderState(START_MS, pace_s=0, ready=frozenset({"job-2"}))

    turn = await rig.database.read(lambda tx: next_turn(tx, rig.account.id, DEFAULT, known))

    assert turn.post is not None
    assert turn.post.id == "job-2"
