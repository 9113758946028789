"""Jobs that wait for an account: not refused, given the first free slot, ended after too long."""

import asyncio
from dataclasses import replace
from typing import Final

import pytest

from bridge.accounts.condition import Standing
from bridge.accounts.slots import Full
from bridge.flows.end.cancel import Cancel
from bridge.flows.step import Moved, Now, notify_of, take_step
from bridge.flows.submit.order import Order
from bridge.flows.submit.queue import LOOK_AT_EMPTY_S, Queue
from bridge.flows.submit.submit import Accepted, Submit
from bridge.flows.submit.waiting import Waiting
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import Cause, Failure, Job, State
from bridge.jobs.signals import Cancelled
from bridge.pixverse.profile import DEFAULT
from bridge.store.database import Tx
from bridge.store.rows import accounts as account_rows
from bridge.store.rows import deliveries, jobs, measures, queue, retention, statistics
from tests.flows.conftest import CHANNEL, SERVER, TENANT, Rig, condition
from tests.tools.hand_clock import START_MS
from tests.tools.running_accounts import FakeAccounts, another_account, submit_within

ORDER: Final = Order(
    tenant=TENANT, command=Command(verb=Verb.CREATE, prompt="a cat", style="Realistic"), queue=2
)
HOUR_MS: Final = 3_600_000


@pytest.fixture
def running_accounts() -> FakeAccounts:
    return FakeAccounts()


@pytest.fixture
def submit(rig: Rig, running_accounts: FakeAccounts) -> Submit:
    return submit_within(0, rig, running_accounts)


@pytest.fixture
def the_queue(rig: Rig, running_accounts: FakeAccounts) -> Queue:
    return Queue(rig.database, rig.notifier, rig.clock, running_accounts, HOUR_MS / 1000)


async def accepted(submit: Submit, order: Order = ORDER) -> Job:
    done = await submit.run(order)
    assert isinstance(done, Accepted)
    return done.job


async def filled(submit: Submit) -> list[Job]:
    """Fill the two slots of the account."""
    return [await accepted(submit) for _ in range(2)]


async def end(rig: Rig, job: Job) -> None:
    def cancel(tx: Tx) -> Moved | None:
        current = jobs.by_id(tx, job.id)
        assert current is not None
        failure = Failure(Cause.CANCELLED, "The job was cancelled")
        return take_step(tx, current, Cancelled(failure), Now(rig.clock.now_ms()))

    moved = await rig.database.write(cancel)
    assert moved is not None
    notify_of(rig.notifier, [moved])


async def now(rig: Rig, job: Job) -> Job:
    found = await rig.database.read(lambda tx: jobs.by_id(tx, job.id))
    assert found is not None
    return found


async def test_without_a_queue_a_full_account_refuses_as_ever(submit: Submit) -> None:
    await filled(submit)

    done = await submit.run(replace(ORDER, queue=0))

    assert isinstance(done, Full)
    assert done.waiting is None


async def test_a_job_beyond_the_slots_waits_without_an_account(rig: Rig, submit: Submit) -> None:
    await filled(submit)

    job = await accepted(submit)

    assert (job.state, job.status, job.account, job.channel) == (State.QUEUED, "created", None, "")
    assert await now(rig, job) == job


async def test_a_full_queue_refuses_and_says_how_many_wait(submit: Submit) -> None:
    executing = {job.id for job in await filled(submit)}
    await filled(submit)

    done = await submit.run(ORDER)

    assert isinstance(done, Full)
    assert (set(done.executing), done.max_jobs, done.waiting) == (executing, 2, 2)


async def test_each_account_makes_room_in_the_queue(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    await another_account(rig, running_accounts)

    done = [await submit.run(ORDER) for _ in range(8)]

    assert [isinstance(one, Accepted) for one in done] == [True] * 7 + [False]


async def test_the_first_that_waits_gets_the_slot_that_is_freed(
    rig: Rig, submit: Submit, the_queue: Queue
) -> None:
    first, _ = await filled(submit)
    waiting = await filled(submit)
    await the_queue.look()

    await end(rig, first)
    await the_queue.look({rig.account.id})

    given, still = [await now(rig, job) for job in waiting]
    assert (given.state, given.account, given.channel) == (State.WAITING, rig.account.id, CHANNEL)
    assert (given.server, given.max_jobs, given.discord) == (SERVER, 2, rig.account.mask)
    assert still.state is State.QUEUED


async def test_a_job_waits_for_the_first_account_that_is_free(
    rig: Rig, submit: Submit, the_queue: Queue, running_accounts: FakeAccounts
) -> None:
    await filled(submit)
    job = await accepted(submit)
    other = await another_account(rig, running_accounts)

    await the_queue.look()

    assert (await now(rig, job)).account == other.id


async def test_a_job_that_names_a_channel_waits_for_that_one(
    rig: Rig, submit: Submit, the_queue: Queue, running_accounts: FakeAccounts
) -> None:
    first, _ = await filled(submit)
    job = await accepted(submit, replace(ORDER, channel=CHANNEL))
    await another_account(rig, running_accounts)

    await the_queue.look()
    before = await now(rig, job)
    await end(rig, first)
    await the_queue.look()

    assert (before.state, before.channel) == (State.QUEUED, CHANNEL)
    assert (await now(rig, job)).account == rig.account.id


async def test_a_new_order_does_not_overtake_those_that_wait(rig: Rig, submit: Submit) -> None:
    first, _ = await filled(submit)
    waiting = await accepted(submit)
    await end(rig, first)

    newest = await accepted(submit)

    assert (await now(rig, waiting)).account == rig.account.id
    assert newest.state is State.QUEUED


async def test_who_knows_no_queue_is_refused_while_others_wait(rig: Rig, submit: Submit) -> None:
    first, _ = await filled(submit)
    await accepted(submit)
    await end(rig, first)

    done = await submit.run(replace(ORDER, queue=0))

    assert isinstance(done, Full)


async def test_an_account_that_is_held_makes_a_job_wait_and_takes_it_afterwards(
    rig: Rig, submit: Submit, the_queue: Queue
) -> None:
    await rig.database.write(lambda tx: account_rows.hold(tx, rig.account.id, START_MS, START_MS + 400))
    job = await accepted(submit)

    pause_s = await the_queue.look()
    rig.clock.pass_s(pause_s)
    await the_queue.look()

    assert pause_s == 0.4
    assert (await now(rig, job)).state is State.WAITING


@pytest.mark.parametrize("standing", [Standing.RECONNECTING, Standing.BAD_TOKEN])
async def test_an_account_that_is_not_connected_is_given_nothing(
    rig: Rig, submit: Submit, the_queue: Queue, running_accounts: FakeAccounts, standing: Standing
) -> None:
    first, _ = await filled(submit)
    job = await accepted(submit)
    running_accounts.conditions[rig.account.id] = condition(standing)
    await end(rig, first)

    await the_queue.look()

    assert (await now(rig, job)).state is State.QUEUED


async def test_a_paused_account_is_given_nothing_until_it_is_resumed(
    rig: Rig, submit: Submit, the_queue: Queue
) -> None:
    first, _ = await filled(submit)
    job = await accepted(submit)
    await rig.database.write(lambda tx: account_rows.pause(tx, TENANT, CHANNEL, is_paused=True))
    await end(rig, first)

    await the_queue.look()
    while_paused = await now(rig, job)
    await rig.database.write(lambda tx: account_rows.pause(tx, TENANT, CHANNEL, is_paused=False))
    await the_queue.look()

    assert while_paused.state is State.QUEUED
    assert (await now(rig, job)).state is State.WAITING


async def test_a_job_that_is_cancelled_leaves_the_queue(rig: Rig, submit: Submit, the_queue: Queue) -> None:
    first, _ = await filled(submit)
    cancelled, behind = await filled(submit)
    await Cancel(rig.database, rig.notifier, lambda: Now(rig.clock.now_ms())).run(TENANT, cancelled.id)

    await end(rig, first)
    await the_queue.look()

    assert (await now(rig, cancelled)).state is State.CANCELLED
    assert (await now(rig, behind)).state is State.WAITING


async def test_a_job_that_has_waited_too_long_fails_and_is_called_back(
    rig: Rig, submit: Submit, the_queue: Queue
) -> None:
    await filled(submit)
    job = await accepted(submit, replace(ORDER, reply_url="https://example.com/"))

    rig.clock.pass_s(HOUR_MS / 1000)
    await the_queue.look()

    ended = await now(rig, job)
    assert ended.failure is not None
    assert (ended.status, ended.failure.cause) == ("failed", Cause.QUEUE_LIMIT)
    assert ended.failure.details == "No account was free for it within 3600 seconds. It was not sent."
    delivery = deliveries.id_of(job.id, "failed")
    assert await rig.database.read(lambda tx: tx.one("SELECT 1 FROM deliveries WHERE id = :id", id=delivery))


async def test_the_place_of_a_job_is_told(rig: Rig, submit: Submit, running_accounts: FakeAccounts) -> None:
    await filled(submit)
    usual, urgent = await accepted(submit), await accepted(submit, replace(ORDER, priority=9))
    waiting = Waiting(rig.database, running_accounts, DEFAULT, HOUR_MS)  # type: ignore[arg-type]

    told = [await waiting.of(job) for job in (usual, urgent)]

    assert [wait and wait.position for wait in told] == [2, 1]
    assert {wait and wait.until_ms for wait in told} == {START_MS + HOUR_MS}


async def test_groups_that_come_later_do_not_keep_the_second_job_of_one_waiting_for_ever(
    rig: Rig, submit: Submit, the_queue: Queue
) -> None:
    first, _ = await filled(submit)
    for client in ("alice:1", "alice:2", "bob:1"):
        await accepted(submit, replace(ORDER, queue=9, reply_ref=client))
    await end(rig, first)
    await the_queue.look()

    await accepted(submit, replace(ORDER, queue=9, reply_ref="carol:1"))

    waiting = await rig.database.read(lambda tx: queue.behind(tx, TENANT, None, 9))
    found = await rig.database.read(lambda tx: jobs.readable(tx, [each.job_id for each in waiting]))
    assert [job.reply_ref for job in found] == ["bob:1", "alice:2", "carol:1"]


async def test_a_slot_that_is_freed_while_nobody_waits_reads_nothing(
    rig: Rig, submit: Submit, the_queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await the_queue.look()
    monkeypatch.setattr(type(rig.database), "read", None)

    assert await the_queue.look({rig.account.id}) == LOOK_AT_EMPTY_S


async def test_what_waits_is_counted_and_what_ended_unplaced_is_deleted_in_the_end(
    rig: Rig, submit: Submit
) -> None:
    await filled(submit)
    job = await accepted(submit)

    counted = await rig.database.read(measures.now)
    await end(rig, job)
    ended = await rig.database.read(lambda tx: statistics.ended_by_status(tx, TENANT, 0))
    old = await rig.database.read(lambda tx: retention.old_unplaced_jobs(tx, START_MS + 1, 10))
    await rig.database.write(lambda tx: retention.delete_job(tx, job.id, START_MS))

    assert (counted.open_jobs["queued"], counted.open_jobs["waiting"]) == (1, 2)
    assert ended == {"cancelled": 1}
    assert old == [job.id]
    assert await rig.database.read(queue.tenants) == []


async def test_a_job_that_cannot_be_read_keeps_nobody_from_the_slot(
    rig: Rig, submit: Submit, the_queue: Queue
) -> None:
    first, _ = await filled(submit)
    broken, behind = await filled(submit)
    await rig.database.write(lambda tx: tx.run("UPDATE jobs SET body = '{' WHERE id = :id", id=broken.id))
    await end(rig, first)

    await the_queue.look()

    assert (await now(rig, behind)).state is State.WAITING


async def test_jobs_that_cannot_be_read_keep_no_other_from_its_end(
    rig: Rig, submit: Submit, the_queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.flows.submit.queue.AT_ONCE", 1)
    await filled(submit)
    broken, behind = await filled(submit)
    await rig.database.write(lambda tx: tx.run("UPDATE jobs SET body = '{' WHERE id = :id", id=broken.id))

    rig.clock.pass_s(HOUR_MS / 1000)
    await the_queue.look()

    assert (await now(rig, behind)).status == "failed"


async def test_who_gives_at_the_same_time_gives_no_slot_and_no_job_twice(
    rig: Rig, submit: Submit, running_accounts: FakeAccounts
) -> None:
    first, _ = await filled(submit)
    waiting = await filled(submit)
    beside = [Queue(rig.database, rig.notifier, rig.clock, running_accounts, 0) for _ in range(3)]
    await end(rig, first)

    await asyncio.gather(*(each.look() for each in beside))

    assert [(await now(rig, job)).state for job in waiting] == [State.WAITING, State.QUEUED]
