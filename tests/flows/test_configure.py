"""Accounts are set, changed and removed; what waits moves or fails, what was sent drains."""

from dataclasses import replace

import pytest

from bridge.accounts.account import Kind
from bridge.accounts.condition import Standing
from bridge.accounts.person import person_of
from bridge.flows.configure import TokenInUse
from bridge.jobs.job import Cause, State
from bridge.store.rows import jobs
from tests.flows.conftest import CHANNEL, TENANT, TOKEN, Rig
from tests.tools.account_list import OTHER_CHANNEL, OTHERS_TOKEN, configure, entry, kinds
from tests.tools.rows import needed


async def account_of(rig: Rig, number: int) -> tuple[int, str | None]:
    """Return the account of a job, and its token."""
    account = (await rig.job(number)).account
    assert account is not None
    found = await rig.database.read(lambda tx: rig.accounts.by_id(tx, account))
    assert found is not None
    return found.id, found.token


async def test_a_token_serves_one_channel(rig: Rig) -> None:
    conflict = await configure(rig).set(TENANT, entry(channel=OTHER_CHANNEL))

    assert conflict == TokenInUse(CHANNEL)
    assert await kinds(rig) == ["configured"]


async def test_another_tenant_may_have_the_same_token(rig: Rig) -> None:
    assert await configure(rig).set("another", entry(channel=OTHER_CHANNEL)) is None


async def test_an_account_is_changed_in_its_place(rig: Rig) -> None:
    await rig.waiting()

    await configure(rig).set(TENANT, entry(max_jobs=7))

    changed = await rig.database.read(lambda tx: rig.accounts.at(tx, TENANT, CHANNEL))
    assert changed is not None
    assert (changed.id, changed.max_jobs) == (rig.account.id, 7)
    assert await kinds(rig) == ["configured"]


async def test_a_new_token_of_an_idle_account_keeps_what_waits(rig: Rig) -> None:
    await rig.waiting()

    await configure(rig).set(TENANT, entry(OTHERS_TOKEN))

    assert await account_of(rig, 1) == (rig.account.id, OTHERS_TOKEN)
    assert (await rig.job()).state is State.WAITING


async def test_tokens_that_begin_with_mfa_are_not_all_one_persons(rig: Rig) -> None:
    mine, others = "mfa." + "A" * 80, "mfa." + "B" * 80
    await configure(rig).set(TENANT, entry(mine))
    await rig.sent(1)

    await configure(rig).set(TENANT, entry(others))

    assert await account_of(rig, 1) == (rig.account.id, mine)
    assert await kinds(rig) == ["retired", "configured"]


@pytest.mark.parametrize(
    "first", ["MTIzNDU2Nzg5MDEyMzQ1Njc4OQ", "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ==", "MTIzNDU2Nzg5MDEyMzQ1Njc4OR"]
)
def test_a_person_is_the_one_whose_id_a_token_has_in_whatever_spelling(first: str) -> None:
    assert person_of(f"{first}.b.c") == "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ"


@pytest.mark.parametrize("first", ["a", "ab=", "abcd", "", "=", "MTIz=MTIz", "MTIzNDU2Nzg5MDEyMzQ1Njc4A"])
def test_what_contains_no_id_is_taken_as_it_is(first: str) -> None:
    assert person_of(f"{first}.b.c") == first


async def test_another_persons_token_takes_what_waits_and_the_old_one_drains(rig: Rig) -> None:
    await rig.sent(1)
    await rig.waiting(2)

    await configure(rig).set(TENANT, entry(OTHERS_TOKEN))

    assert await account_of(rig, 1) == (rig.account.id, TOKEN)
    assert await account_of(rig, 2) == (rig.account.id + 1, OTHERS_TOKEN)
    assert await kinds(rig) == ["retired", "configured"]


async def test_going_back_to_the_old_token_takes_what_waits_along(rig: Rig) -> None:
    await rig.sent(1)
    await configure(rig).set(TENANT, entry(OTHERS_TOKEN))
    new = await rig.database.read(lambda tx: rig.accounts.at(tx, TENANT, CHANNEL))
    assert new is not None
    rig.account = new
    await rig.sent(2)
    await rig.waiting(3)

    await configure(rig).set(TENANT, entry(TOKEN))

    assert (await account_of(rig, 3))[1] == TOKEN
    assert await kinds(rig) == ["configured", "retired"]


async def test_a_new_token_of_the_same_person_goes_on_listening_for_what_was_sent(rig: Rig) -> None:
    await rig.sent(1)

    await configure(rig).set(TENANT, entry(TOKEN.replace("first", "second")))

    assert (await account_of(rig, 1))[0] == rig.account.id
    assert await kinds(rig) == ["configured"]


async def test_a_waiting_job_that_moves_leaves_the_listening_time_of_the_former_account_behind(
    rig: Rig,
) -> None:
    await rig.sent(1)
    moving = replace(rig.new_job(2), listened_ms=86_400_000)
    await rig.database.write(lambda tx: jobs.insert(tx, moving))

    await configure(rig).set(TENANT, entry(OTHERS_TOKEN))

    moved = await rig.job(2)
    assert moved.account != rig.account.id
    assert moved.listened_ms == 0


async def test_a_dead_token_is_replaced_in_its_place(rig: Rig) -> None:
    await rig.sent(1)

    await configure(rig, Standing.BAD_TOKEN).set(TENANT, entry(OTHERS_TOKEN))

    assert await account_of(rig, 1) == (rig.account.id, OTHERS_TOKEN)


async def test_a_removed_account_fails_what_waits_and_drains_what_was_sent(rig: Rig) -> None:
    await rig.sent(1)
    await rig.waiting(2)

    was_there = await configure(rig).remove(TENANT, CHANNEL)

    waiting = await rig.job(2)
    assert was_there
    assert waiting.failure is not None
    assert (waiting.state, waiting.failure.cause) == (State.FAILED, Cause.ACCOUNT_REMOVED)
    assert (await rig.job(1)).state is State.SENT
    assert [one.kind for one in await rig.database.write(needed(rig.accounts))] == [Kind.RETIRED]


async def test_what_was_sent_by_an_account_that_cannot_listen_is_given_up_at_its_removal(rig: Rig) -> None:
    await rig.sent(1)

    await configure(rig, Standing.BAD_TOKEN).remove(TENANT, CHANNEL)

    job = await rig.job(1)
    assert job.failure is not None
    assert (job.state, job.failure.cause, job.is_owed) == (State.GIVEN_UP, Cause.ACCOUNT_REMOVED, True)


async def test_an_account_that_is_not_there_is_not_removed(rig: Rig) -> None:
    assert not await configure(rig).remove(TENANT, OTHER_CHANNEL)
    assert not await configure(rig).remove("another", CHANNEL)


async def test_a_restart_undoes_neither_a_removal_nor_a_replaced_token(rig: Rig) -> None:
    entries = [entry(), entry("third", OTHER_CHANNEL)]
    await configure(rig).apply(TENANT, entries)
    await configure(rig).remove(TENANT, OTHER_CHANNEL)
    await configure(rig).set(TENANT, entry(OTHERS_TOKEN))

    await configure(rig).apply(TENANT, entries)

    left = await rig.database.read(lambda tx: rig.accounts.configured(tx, TENANT))
    assert [one.token for one in left] == [OTHERS_TOKEN]


async def test_an_entry_of_the_file_that_has_changed_is_applied(rig: Rig) -> None:
    await configure(rig).apply(TENANT, [entry()])

    await configure(rig).apply(TENANT, [entry(max_jobs=9)])

    changed = await rig.database.read(lambda tx: rig.accounts.at(tx, TENANT, CHANNEL))
    assert changed is not None
    assert changed.max_jobs == 9


async def test_a_channel_that_is_corrected_in_the_file_is_where_the_account_is_then(rig: Rig) -> None:
    await configure(rig).apply(TENANT, [entry(max_jobs=9)])
    await rig.waiting()

    conflicts = await configure(rig).apply(TENANT, [entry(channel=OTHER_CHANNEL)])

    left = await rig.database.read(lambda tx: rig.accounts.configured(tx, TENANT))
    failure = (await rig.job()).failure
    assert conflicts == []
    assert [one.channel for one in left] == [OTHER_CHANNEL]
    assert failure is not None
    assert failure.cause is Cause.ACCOUNT_REMOVED


async def test_a_channel_that_is_put_back_in_the_file_is_where_the_account_is_again(rig: Rig) -> None:
    for channel in (CHANNEL, OTHER_CHANNEL, CHANNEL):
        await configure(rig).apply(TENANT, [entry(channel=channel, max_jobs=9)])

    left = await rig.database.read(lambda tx: rig.accounts.configured(tx, TENANT))
    assert [one.channel for one in left] == [CHANNEL]


async def test_an_account_of_the_api_is_not_moved_by_the_file(rig: Rig) -> None:
    conflicts = await configure(rig).apply(TENANT, [entry(channel=OTHER_CHANNEL)])

    assert conflicts == [TokenInUse(CHANNEL)]


async def test_two_entries_with_one_token_are_a_conflict_at_every_start(rig: Rig) -> None:
    entries = [entry(max_jobs=9), entry(channel=OTHER_CHANNEL)]

    for _ in range(2):
        assert await configure(rig).apply(TENANT, entries) == [TokenInUse(CHANNEL)]
