"""A message wakes those whom it concerns: a ring for anybody else is a look that finds nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import pytest

from bridge.chat import InteractionCreated, ModalOffered
from bridge.flows.hear.intake import Intake
from bridge.jobs.job import Job, State
from bridge.notifier import LocalNotifier, LocalSubscription
from bridge.store.rows import jobs
from tests.flows.conftest import USER, Rig
from tests.tools.hand_clock import HandClock

FIRST = f"We are making (prompt: a cat style: Realistic) Author: <@{USER}>)"


class Awake:
    """Tells which bells have rung since the last look."""

    def __init__(self, subscriptions: dict[str, LocalSubscription]) -> None:
        self._subscriptions = subscriptions

    async def names(self) -> Sequence[str]:
        return [name for name, subscription in self._subscriptions.items() if await subscription.wait(0)]


@pytest.fixture
async def awake(rig: Rig) -> AsyncIterator[Awake]:
    names = {"job": "job:job-1", "account": f"account:{rig.account.id}"}
    with ExitStack() as stack:
        subscriptions = {
            short: stack.enter_context(rig.notifier.subscribe(names.get(short, short)))
            for short in ("job", "account", "events", "deliveries")
        }
        yield Awake(subscriptions)


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.context)


async def called_back(rig: Rig) -> Job:
    """Keep a job that was sent and whose client wants a POST."""
    job = await rig.sent()
    await rig.database.write(lambda tx: jobs.save(tx, replace(job, reply_url="https://client/hook")))
    return job


async def test_progress_wakes_only_who_waits_for_the_job_and_for_events(
    rig: Rig, intake: Intake, awake: Awake
) -> None:
    await called_back(rig)
    message = rig.says(FIRST, nonce="nonce-1")
    await intake.take(message, rig.now())
    await awake.names()

    edit = replace(message, is_edit=True, content=FIRST.replace("We are making", "50 %"))
    await intake.take(edit, rig.now())

    assert await awake.names() == ["job", "events"]


async def test_a_video_wakes_the_sender_of_callbacks_and_the_account_whose_way_is_free(
    rig: Rig, intake: Intake, awake: Awake
) -> None:
    await called_back(rig)

    await intake.take(rig.completion(nonce="nonce-1"), rig.now())

    assert await awake.names() == ["job", "account", "events", "deliveries"]


async def test_a_video_of_a_job_without_a_reply_url_wakes_no_sender_of_callbacks(
    rig: Rig, intake: Intake, awake: Awake
) -> None:
    await rig.sent()

    await intake.take(rig.completion(nonce="nonce-1"), rig.now())

    assert await awake.names() == ["job", "account", "events"]


async def test_a_modal_wakes_its_account(rig: Rig, intake: Intake, awake: Awake) -> None:
    await rig.sending()

    await intake.take(ModalOffered("71", "nonce-1", None, None, "modal", "Prompt", ()), rig.now())

    assert "account" in await awake.names()


async def test_that_discord_took_a_command_wakes_only_who_waits_for_its_job(
    rig: Rig, intake: Intake, awake: Awake
) -> None:
    await rig.sending()

    await intake.take(InteractionCreated("1168473004498501659", "nonce-1"), rig.now())

    assert await awake.names() == ["job"]


async def test_a_rewritten_prompt_wakes_its_account_since_a_look_alike_may_go(
    rig: Rig, intake: Intake, awake: Awake
) -> None:
    await rig.sent()

    await intake.take(rig.says(FIRST.replace("a cat", "a feline"), nonce="nonce-1"), rig.now())

    assert "account" in await awake.names()


async def test_the_last_word_on_a_job_that_has_ended_wakes_its_account(
    rig: Rig, intake: Intake, awake: Awake
) -> None:
    job = await rig.sent()
    await rig.database.write(lambda tx: jobs.save(tx, replace(job, is_owed=True)))
    await intake.take(rig.says("Something went wrong", nonce="nonce-1", after_s=5), rig.now())
    failed = await rig.job()
    ended = replace(failed, state=State.CANCELLED, is_owed=True, ended_ms=1)
    await rig.database.write(lambda tx: jobs.save(tx, ended))
    await awake.names()

    await intake.take(rig.says("Something went wrong", nonce="nonce-1", after_s=9), rig.now())

    assert await awake.names() == ["job", "account"]


async def test_waiting_makes_no_task(clock: HandClock) -> None:
    notifier = LocalNotifier(clock)
    with notifier.subscribe("x") as subscription:
        waiting = asyncio.create_task(subscription.wait(30))
        await asyncio.sleep(0)
        tasks = asyncio.all_tasks() - {waiting}
        notifier.notify("x")
        was_rung = await waiting

    assert was_rung
    assert tasks == {asyncio.current_task()}
