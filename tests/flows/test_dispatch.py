"""What waits is sent once, in order, at its pace; each answer of Discord means one thing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.accounts.condition import Standing
from bridge.chat import Interaction, InteractionCreated, SlashCommand
from bridge.flows.end.cancel import Cancel
from bridge.flows.hear.intake import Intake
from bridge.flows.send.dispatch import Pause
from bridge.flows.send.posting import PROOF_S
from bridge.jobs.job import Cause, State
from bridge.sessions.port import NotSent, Rejected, Throttled, Unknown
from bridge.store.rows import interactions, jobs
from tests.flows.conftest import CHANNEL, TOKEN, Passes, Rig, condition, dispatching
from tests.tools.hand_clock import START_MS
from tests.tools.rows import an_account

STALE = Rejected(400, "version", is_stale=True)
BUSY = Throttled(10, is_global=True, body='{"retry_after":10}')


@pytest.fixture
async def dispatch(rig: Rig, tmp_path: Path) -> AsyncIterator[Passes]:
    async with dispatching(rig, tmp_path, 2.0) as dispatch:
        yield dispatch


async def states(rig: Rig, *numbers: int) -> list[State]:
    return [(await rig.job(number)).state for number in numbers]


async def test_the_interaction_is_stored_before_its_post_leaves(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting()
    seen: list[tuple[str, State]] = []

    async def look(_: Interaction, nonce: str) -> None:
        state = (await rig.job()).state
        seen.extend((post["nonce"], state) for post in await rig.posts())

    rig.session.while_sending = look
    await dispatch.next()

    command, nonce = rig.session.sent[0]
    assert isinstance(command, SlashCommand)
    assert command.options == {"prompt": "a cat", "style": "Realistic"}
    assert seen == [(nonce, State.SENDING)]
    assert await states(rig, 1) == [State.SENT]


async def test_nothing_waits_so_nothing_is_sent(rig: Rig, dispatch: Passes) -> None:
    assert isinstance(await dispatch.next(), Pause)
    assert rig.session.sent == []


async def test_a_job_that_was_being_sent_when_the_bridge_died_is_never_sent_again(
    rig: Rig, dispatch: Passes
) -> None:
    await rig.waiting()
    rig.session.while_sending = _die
    await dispatch.next()

    rig.clock.pass_s(3600)
    assert isinstance(await dispatch.next(), Pause)

    assert len(rig.session.sent) == 1
    assert await states(rig, 1) == [State.SENDING]


async def _die(_: Interaction, nonce: str) -> None:
    raise asyncio.CancelledError(nonce)


async def test_a_pace_lies_between_two_sends(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting(1, "a cat")
    await rig.waiting(2, "a dog")

    await dispatch.next()
    pause = await dispatch.next()
    rig.clock.pass_s(2)
    await dispatch.next()

    assert pause == Pause(2.0)
    assert await states(rig, 1, 2) == [State.SENT, State.SENT]


async def test_what_did_not_leave_is_tried_again_later(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting()
    rig.session.answers = [NotSent("not connected")]

    await dispatch.next()
    pause = await dispatch.next()
    rig.clock.pass_s(2)
    await dispatch.next()

    assert pause == Pause(2.0)
    assert await states(rig, 1) == [State.SENT]
    assert [post["is_void"] for post in await rig.posts()] == [1, 0]


async def test_what_can_never_be_sent_fails_at_once(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting()
    rig.session.obstacles = [NotSent("no such command", is_lasting=True)]

    await dispatch.next()

    job = await rig.job()
    assert job.failure is not None
    assert (job.state, job.failure.cause, job.is_owed) == (State.FAILED, Cause.NOT_SENDABLE, False)


async def test_a_stale_command_is_sent_once_more_and_no_more(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting()
    rig.session.answers = [STALE, STALE, STALE]

    for _ in range(4):
        await dispatch.next()
        rig.clock.pass_s(10)

    job = await rig.job()
    assert len(rig.session.sent) == 2
    assert job.failure is not None
    assert (job.state, job.failure.cause) == (State.FAILED, Cause.REJECTED)


async def test_a_stale_command_is_sent_once_more_although_it_had_not_left_before(
    rig: Rig, dispatch: Passes
) -> None:
    await rig.waiting()
    rig.session.answers = [NotSent("not connected"), STALE]

    for _ in range(3):
        await dispatch.next()
        rig.clock.pass_s(10)

    assert await states(rig, 1) == [State.SENT]


async def test_a_refusal_of_the_account_is_said_with_its_reason(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting()
    rig.session.answers = [Rejected(403, "{}", is_account=True)]
    rig.session.condition = condition(Standing.CONNECTED, "Discord wants a captcha")

    await dispatch.next()

    job = await rig.job()
    assert job.failure is not None
    assert (job.state, job.failure.cause) == (State.FAILED, Cause.ACCOUNT)
    assert job.failure.details == "Discord wants a captcha"


async def test_a_cancelled_job_that_never_ran_is_not_waited_for(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting()

    async def cancel(*_: object) -> None:
        await Cancel(rig.database, rig.notifier, rig.now).run("default", "job-1")

    rig.session.while_sending = cancel
    rig.session.answers = [NotSent("not connected")]
    await dispatch.next()

    job = await rig.job()
    assert (job.state, job.is_owed) == (State.CANCELLED, False)


async def test_an_unknown_outcome_proves_nothing_and_is_never_sent_again(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting()
    rig.session.answers = [Unknown("a cut")]

    await dispatch.next()
    rig.clock.pass_s(3600)
    await dispatch.next()

    assert len(rig.session.sent) == 1
    assert await states(rig, 1) == [State.SENDING]


async def test_a_429_is_believed_after_a_second_and_keeps_the_account_silent(
    rig: Rig, dispatch: Passes
) -> None:
    await rig.waiting(1, "a cat")
    await rig.waiting(2, "a dog")
    rig.session.answers = [BUSY]
    sending = asyncio.ensure_future(dispatch.next())
    await rig.session.is_posting.wait()

    waits_s = await rig.clock.sleeper_s()
    before = await states(rig, 1)
    rig.clock.pass_s(PROOF_S)
    await sending
    pause = await dispatch.next()

    job = await rig.job()
    assert (waits_s, before) == (PROOF_S, [State.SENDING])
    assert job.failure is not None
    assert (job.state, job.failure.cause, job.is_owed) == (State.GIVEN_UP, Cause.THROTTLED, True)
    assert (job.failure.details, job.failure.retry_after_s) == (BUSY.body, 10)
    assert pause == Pause(9.0)


async def test_a_429_that_the_gateway_disproves_is_no_failure(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting()
    rig.session.answers = [BUSY]
    sending = asyncio.ensure_future(dispatch.next())
    await rig.session.is_posting.wait()
    await rig.clock.sleeper_s()

    intake = Intake(rig.context)
    await intake.take(InteractionCreated("1", rig.session.sent[0][1]), rig.now())
    await sending

    assert await states(rig, 1) == [State.SENT]


async def test_a_429_that_was_disproved_before_it_came_is_no_failure(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting()
    rig.session.answers = [BUSY]

    async def prove(_: Interaction, nonce: str) -> None:
        await rig.database.write(lambda tx: interactions.created(tx, nonce, "1"))

    rig.session.while_sending = prove
    await dispatch.next()

    assert await states(rig, 1) == [State.SENT]


async def test_confusable_jobs_wait_for_one_another_and_others_do_not(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting(1, negative_prompt="dogs")
    await rig.waiting(2, negative_prompt="birds")
    await rig.waiting(3, "a horse")

    for _ in range(3):
        await dispatch.next()
        rig.clock.pass_s(10)
    before = await states(rig, 1, 2, 3)
    await Intake(rig.context).take(rig.completion(), rig.now())
    await dispatch.next()

    assert before == [State.SENT, State.WAITING, State.SENT]
    assert await states(rig, 1, 2) == [State.COMPLETED, State.SENT]


async def test_equal_jobs_do_not_wait_for_one_another(rig: Rig, dispatch: Passes) -> None:
    for number in (1, 2):
        await rig.waiting(number)
        await dispatch.next()
        rig.clock.pass_s(10)

    assert await states(rig, 1, 2) == [State.SENT, State.SENT]


@pytest.mark.parametrize("standing", [Standing.CONNECTING, Standing.RECONNECTING])
async def test_nothing_is_sent_or_failed_while_the_account_connects(
    rig: Rig, dispatch: Passes, standing: Standing
) -> None:
    await rig.waiting()
    rig.session.condition = condition(standing)

    assert isinstance(await dispatch.next(), Pause)
    assert await states(rig, 1) == [State.WAITING]


async def test_what_waits_on_an_account_that_needs_a_person_fails(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting(1)
    await rig.sent(2)
    rig.session.condition = condition(Standing.BAD_TOKEN, "Discord refuses the token")

    await dispatch.next()

    job = await rig.job()
    assert job.failure is not None
    assert (job.failure.cause, job.failure.details) == (Cause.ACCOUNT, "Discord refuses the token")
    assert await states(rig, 1, 2) == [State.FAILED, State.SENT]


async def test_a_nonce_is_a_snowflake_of_its_time(rig: Rig, dispatch: Passes) -> None:
    await rig.waiting()

    await dispatch.next()

    nonce = rig.session.sent[0][1]
    assert (int(nonce) >> 22) + 1_420_070_400_000 == START_MS


async def test_those_who_follow_a_job_of_an_account_that_gives_way_are_notified(
    rig: Rig, dispatch: Passes
) -> None:
    rival = await rig.database.write(
        lambda tx: an_account(tx, rig.accounts, channel=CHANNEL, token=TOKEN, tenant="other")
    )
    theirs = replace(rig.new_job(2), tenant="other", account=rival.id)
    await rig.database.write(lambda tx: jobs.insert(tx, theirs))
    await rig.waiting()

    with (
        rig.notifier.subscribe(f"job:{theirs.id}") as job,
        rig.notifier.subscribe("accounts") as accounts,
    ):
        await dispatch.next()
        are_notified = [await job.wait(0), await accounts.wait(0)]

    assert await states(rig, 1, 2) == [State.SENT, State.FAILED]
    assert are_notified == [True, True]
