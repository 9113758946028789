"""What a job that has not been sent says that it waits for."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from bridge.accounts.condition import Condition, Standing
from bridge.flows.send.next_job import SenderState, Wait, WaitReason, next_turn
from bridge.flows.submit.waiting import Waiting
from bridge.jobs.command import Upload, Verb
from bridge.jobs.job import Job
from bridge.pixverse.profile import DEFAULT
from bridge.sessions.port import NotSent
from bridge.store.rows import accounts
from tests.flows.conftest import Rig, condition, dispatching
from tests.tools.bot_answers import offer
from tests.tools.counting import counting
from tests.tools.hand_clock import START_MS

PICTURE: Final = Upload(3, "image/png", "key", "hash")


@dataclass
class OneAccount:
    """A crew of one account: in which condition it is, and what it knows."""

    now: SenderState | None = field(default_factory=lambda: SenderState(START_MS, pace_s=0))
    doing: Condition | None = field(default_factory=lambda: condition(Standing.CONNECTED))

    def condition(self, account: int) -> Condition | None:
        return self.doing

    def sender_state(self, account: int) -> SenderState | None:
        return self.now


async def wait_of(rig: Rig, job: Job, known: SenderState) -> Wait | None:
    return await Waiting(rig.database, OneAccount(known), DEFAULT).of(job)


async def posted(rig: Rig, known: SenderState) -> str | None:
    """Return the job of the next POST."""
    turn = await rig.database.read(lambda tx: next_turn(tx, rig.account.id, DEFAULT, known))
    return turn.post.id if turn.post else None


async def test_a_look_alike_waits_for_the_job_whose_video_could_be_its_own(rig: Rig) -> None:
    await rig.sent(1, negative_prompt="rain")
    job = await rig.waiting(2, negative_prompt="snow")

    wait = await wait_of(rig, job, SenderState(START_MS, pace_s=0))

    assert wait == Wait(WaitReason.LOOK_ALIKE, job_id="job-1")


async def test_discords_wish_for_silence_goes_before_everything_else(rig: Rig) -> None:
    await rig.sent(1, negative_prompt="rain")
    job = await rig.waiting(2, negative_prompt="snow")
    until_ms = START_MS + 9_000
    await rig.database.write(lambda tx: accounts.hold(tx, rig.account.id, START_MS, until_ms))

    wait = await wait_of(rig, job, SenderState(START_MS, pace_s=0))

    assert wait == Wait(WaitReason.RATE_LIMIT, until_ms=until_ms)


@pytest.mark.parametrize(
    ("doing", "details"),
    [(None, None), (condition(Standing.RECONNECTING, "no answer"), "no answer")],
)
async def test_an_account_that_is_not_connected_is_waited_for(
    rig: Rig, doing: Condition | None, details: str | None
) -> None:
    job = await rig.waiting(1)

    wait = await Waiting(rig.database, OneAccount(doing=doing), DEFAULT).of(job)

    assert wait == Wait(WaitReason.ACCOUNT, details)


async def test_the_first_in_line_waits_for_the_pace_and_the_second_for_the_first(rig: Rig) -> None:
    await rig.sent(1, "two robots")
    first, second = await rig.waiting(2, "a dog"), await rig.waiting(3, "a house")
    known = SenderState(START_MS, pace_s=5, ready=frozenset({"job-2", "job-3"}))

    waits = [await wait_of(rig, job, known) for job in (first, second)]

    assert waits == [
        Wait(WaitReason.PACE, until_ms=START_MS + 5_000),
        Wait(WaitReason.EARLIER_JOB, job_id="job-2"),
    ]


async def test_a_picture_that_is_being_uploaded_is_waited_for_by_its_own_job_alone(rig: Rig) -> None:
    picture = await rig.waiting(1, verb=Verb.ANIMATE, image=PICTURE)  # type: ignore[arg-type]
    words = await rig.waiting(2, "a house")
    known = SenderState(START_MS, pace_s=0, ready=frozenset({"job-2"}), under_way=frozenset({"job-1"}))

    waits = [await wait_of(rig, job, known) for job in (picture, words)]

    assert waits == [Wait(WaitReason.PREPARATION), None]


async def test_a_button_that_is_passed_in_an_outage_is_not_waited_for(rig: Rig) -> None:
    """Its preparation asks Discord, which is not answering: the next one goes first."""
    button = await rig.waiting(1, verb=Verb.BUTTON)
    words = await rig.waiting(2, "a house")
    known = SenderState(START_MS, pace_s=0, ready=frozenset({"job-2"}), quiet_ms=3_000, is_one_by_one=True)

    waits = [await wait_of(rig, job, known) for job in (button, words)]

    assert await posted(rig, known) == "job-2"
    assert waits == [Wait(WaitReason.RETRY, until_ms=START_MS + 3_000), None]


async def test_a_modal_that_goes_first_is_waited_for(rig: Rig) -> None:
    await rig.sent(1, "two robots")
    await offer(rig, 1)
    job = await rig.waiting(2, "a house")
    known = SenderState(START_MS, pace_s=0, ready=frozenset({"job-2"}))

    wait = await wait_of(rig, job, known)

    assert await posted(rig, known) == "job-1"
    assert wait == Wait(WaitReason.EARLIER_JOB, job_id="job-1")


async def test_a_modal_that_is_left_alone_keeps_nothing_waiting(rig: Rig) -> None:
    await rig.sent(1, "two robots")
    await offer(rig, 1)
    job = await rig.waiting(2, "a house")
    known = SenderState(START_MS, pace_s=0, ready=frozenset({"job-2"}), left_alone={"job-1": 500})

    wait = await wait_of(rig, job, known)

    assert await posted(rig, known) == "job-2"
    assert wait is None


async def test_what_stood_in_the_way_is_told_with_the_time_of_the_next_try(rig: Rig, tmp_path: Path) -> None:
    job = await rig.waiting(1)
    rig.session.obstacles = [NotSent("Discord lists no command create")]

    async with dispatching(rig, tmp_path) as dispatch:
        await dispatch.next()
        known = dispatch.dispatch.sender_state()
    wait = await wait_of(rig, job, known)

    left_ms = known.left_alone["job-1"]
    assert wait == Wait(
        WaitReason.RETRY, "Discord lists no command create", until_ms=rig.clock.now_ms() + left_ms
    )
    assert left_ms > 0


async def test_a_job_that_was_sent_since_it_was_read_waits_for_nothing(rig: Rig) -> None:
    await rig.sent(1, negative_prompt="rain")
    job = await rig.waiting(2, negative_prompt="snow")
    await rig.claim(2)

    wait = await wait_of(rig, job, SenderState(START_MS, pace_s=0))

    assert wait is None


async def test_only_a_job_that_waits_costs_a_look_and_never_more_however_many_are_before_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, waiting = await rig.sent(1, "two robots"), [await rig.waiting(2, "a dog")]
    known = SenderState(START_MS, pace_s=0)

    with counting(monkeypatch) as of_sent:
        await wait_of(rig, sent, known)
    waiting += [await rig.waiting(number, f"word{number} other{number}") for number in range(3, 9)]
    counts = []
    for job in (waiting[1], waiting[-1]):
        with counting(monkeypatch) as statements:
            await wait_of(rig, job, known)
        counts.append(len(statements))

    assert of_sent == []
    assert counts[0] == counts[1] <= 10
