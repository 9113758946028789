"""Machines share the accounts of one database: one of them connects each, whatever happens to the others."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.flows.timing import STANDARD
from bridge.leases.term import HEARTBEAT_S, LEASE_MS, QUIET_MS, STOP_MS
from bridge.running.known_accounts import QUIET, KnownAccounts
from bridge.running.leases import Leases
from bridge.running.reach import Reach
from bridge.store.rows import conditions, leases
from bridge.store.sqlite.migrations import newest
from tests.flows.conftest import Rig
from tests.tools.machines import Door, Machines, machines_of

LEASE_S = LEASE_MS // 1000


@pytest.fixture
async def machines(rig: Rig, tmp_path: Path) -> AsyncIterator[Machines]:
    async with machines_of(rig, tmp_path, accounts=6) as machines:
        yield machines
        assert machines.world.twice == []


async def test_the_only_machine_runs_every_account(machines: Machines) -> None:
    only = machines.start("a")

    await machines.settle()

    assert len(only.tokens) == 6


async def test_a_machine_that_comes_gets_its_share(machines: Machines) -> None:
    first = machines.start("a")
    await machines.settle()

    second = machines.start("b")
    await machines.pass_s(4)

    assert (len(first.tokens), len(second.tokens)) == (3, 3)


async def test_the_accounts_of_one_person_are_never_split(machines: Machines, rig: Rig) -> None:
    def one_person(tx: object) -> None:
        tx.run("UPDATE accounts SET person_hash = 'one' WHERE id <= 5")  # type: ignore[attr-defined]

    await rig.database.write(one_person)
    first = machines.start("a")
    await machines.settle()

    second = machines.start("b")
    await machines.pass_s(4)

    assert sorted((len(first.tokens), len(second.tokens))) == [1, 5]


async def test_a_machine_that_drains_hands_over_within_two_seconds(machines: Machines) -> None:
    first, second = machines.start("a"), machines.start("b")
    await machines.pass_s(4)

    await first.stop()
    await machines.pass_s(2, without=[first])

    assert (first.tokens, len(second.tokens)) == ([], 6)
    assert [one.name for one in await machines.rig.database.read(leases.machines)] == ["b"]


async def test_a_machine_whose_other_writes_wait_hands_its_accounts_and_their_sessions_over(
    machines: Machines,
) -> None:
    second, first = machines.start("a"), machines.start("b")
    await machines.pass_s(4)
    before = len(second.sessions)

    first.door.is_busy = True
    await first.stop()
    await machines.pass_s(2, without=[first])

    assert (first.tokens, len(second.tokens)) == ([], 6)
    assert [one.resumed is not None for one in second.sessions[before:]] == [True] * 3


async def test_a_machine_whose_other_writes_wait_takes_over(machines: Machines) -> None:
    second, first = machines.start("a"), machines.start("b")
    await machines.pass_s(4)
    before = len(second.sessions)

    second.door.is_busy = True
    await first.stop()
    await machines.pass_s(2, without=[first])

    assert len(second.tokens) == 6
    assert [one.resumed is not None for one in second.sessions[before:]] == [True] * 3


async def test_an_account_that_ends_slowly_keeps_no_other_from_moving(machines: Machines) -> None:
    first = machines.start("a")
    await machines.settle()
    machines.world.slow = ends = asyncio.Event()

    second = machines.start("b")
    await machines.pass_s(4)
    meanwhile = len(first.tokens), len(second.tokens)
    ends.set()
    await machines.pass_s(2)

    assert meanwhile == (4, 2)
    assert (len(first.tokens), len(second.tokens)) == (3, 3)


async def test_leases_that_could_not_be_given_up_are_soon_given_up(machines: Machines) -> None:
    first = machines.start("a")
    await machines.settle()
    machines.world.slow = ends = asyncio.Event()
    second = machines.start("b")
    await machines.pass_s(4)

    first.door.is_closed = True
    ends.set()
    await machines.settle()
    first.door.is_closed = False
    await machines.pass_s(3)

    assert (len(first.tokens), len(second.tokens)) == (3, 3)


async def test_what_a_dead_machine_ran_runs_elsewhere_within_twenty_seconds(machines: Machines) -> None:
    first, second = machines.start("a"), machines.start("b")
    await machines.pass_s(4)

    first.door.is_closed = True
    await first.stop()
    await machines.pass_s(LEASE_S - int(HEARTBEAT_S), without=[first])
    too_early = len(second.tokens)
    await machines.pass_s(19 - LEASE_S + int(HEARTBEAT_S), without=[first])

    assert (too_early, len(second.tokens)) == (3, 6)


async def test_a_machine_that_cannot_reach_the_database_closes_everything_before_another_takes_it(
    machines: Machines,
) -> None:
    first, second = machines.start("a"), machines.start("b")
    await machines.pass_s(4)

    first.door.is_closed = True
    seconds = 0
    while first.tokens:
        await machines.pass_s(1)
        seconds += 1
    still = len(second.tokens)
    await machines.pass_s(20 - seconds)

    assert LEASE_S - STOP_MS / 1000 - HEARTBEAT_S <= seconds <= LEASE_S - STOP_MS / 1000 + 1
    assert (still, len(second.tokens)) == (3, 6)


async def test_a_machine_that_is_suspended_while_it_looks_takes_nothing_from_those_that_live(
    machines: Machines,
) -> None:
    first, second = machines.start("a"), machines.start("b")
    await machines.pass_s(4)

    before = first.leases.machine
    second.door.opens = asyncio.Event()
    await machines.pass_s(1)

    await machines.pass_s(2 * int(HEARTBEAT_S), without=[second])
    second.clock.suspend_s(LEASE_S)
    second.door.opens.set()
    await machines.settle()
    await machines.pass_s(2)

    assert first.leases.machine == before
    assert before.id in [one.id for one in await machines.rig.database.read(leases.machines)]


async def test_a_machine_that_is_back_in_time_goes_on_with_what_it_had(machines: Machines) -> None:
    only = machines.start("a")
    await machines.pass_s(4)
    opened = len(only.sessions)

    only.door.is_closed = True
    await machines.pass_s(5)
    only.door.is_closed = False
    await machines.pass_s(10)

    assert (len(only.tokens), len(only.sessions)) == (6, opened)


async def test_a_machine_that_is_back_late_connects_again_when_nobody_has_taken_over(
    machines: Machines,
) -> None:
    only = machines.start("a")
    await machines.pass_s(4)

    only.door.is_closed = True
    await machines.pass_s(60)
    meanwhile = only.tokens
    only.door.is_closed = False
    await machines.pass_s(3)

    assert (meanwhile, len(only.tokens)) == ([], 6)


async def test_two_machines_that_were_without_the_database_go_on_as_before(machines: Machines) -> None:
    first, second = machines.start("a"), machines.start("b")
    await machines.pass_s(4)
    before = first.tokens, second.tokens

    first.door.is_closed = second.door.is_closed = True
    await machines.pass_s(60)
    first.door.is_closed = second.door.is_closed = False
    await machines.pass_s(10)

    assert (first.tokens, second.tokens) == before


async def test_a_machine_that_stood_still_has_lost_its_accounts_and_gets_its_share_again(
    rig: Rig, tmp_path: Path
) -> None:
    async with machines_of(rig, tmp_path, accounts=6) as machines:
        first, second = machines.start("a"), machines.start("b")
        await machines.pass_s(4)

        await machines.pass_s(20, without=[first])
        taken, twice = len(second.tokens), len(machines.world.twice)
        first.clock.pass_s(20)
        await machines.settle()
        at_once = first.tokens
        await machines.pass_s(10)

        assert (taken, twice, at_once) == (6, 3, [])
        assert (len(first.tokens), len(second.tokens)) == (3, 3)
        assert len(machines.world.twice) == twice


async def test_suspended_time_counts(machines: Machines) -> None:
    only = machines.start("a")
    await machines.settle()

    only.clock.suspend_s(LEASE_S)

    assert only.leases.left_s() == 0


async def test_machines_that_start_at_once_share_evenly(machines: Machines) -> None:
    three = [machines.start(name) for name in "abc"]

    await machines.pass_s(6)

    assert [len(one.tokens) for one in three] == [2, 2, 2]


async def test_a_machine_that_has_reached_no_discord_for_a_minute_gives_its_accounts_up(
    machines: Machines,
) -> None:
    first, second = machines.start("a"), machines.start("b")
    await machines.pass_s(4)

    first.is_cut_off()
    await machines.pass_s(50)
    still = len(first.tokens)
    await machines.pass_s(30)

    assert (still, len(first.tokens), len(second.tokens)) == (3, 0, 6)


async def test_a_machine_that_reaches_discord_again_gets_its_share_again(machines: Machines) -> None:
    first, second = machines.start("a"), machines.start("b")
    await machines.pass_s(4)
    first.is_cut_off()
    await machines.pass_s(80)

    machines.world.cut_off.clear()
    await machines.pass_s(20)

    assert (len(first.tokens), len(second.tokens)) == (3, 3)


async def test_while_no_machine_reaches_discord_every_account_stays_where_it_is(machines: Machines) -> None:
    first, second = machines.start("a"), machines.start("b")
    await machines.pass_s(4)
    before = first.tokens, second.tokens

    first.is_cut_off()
    second.is_cut_off()
    await machines.pass_s(180)

    assert (first.tokens, second.tokens) == before


async def test_a_machine_that_has_never_reached_discord_takes_nothing_from_one_that_does(
    machines: Machines,
) -> None:
    first = machines.start("a")
    await machines.settle()
    machines.world.cut_off.add("b")

    second = machines.start("b")
    await machines.pass_s(90)

    assert (len(first.tokens), second.tokens) == (6, [])


async def test_a_machine_whose_clock_is_behind_says_once_which_one_is_ahead(machines: Machines) -> None:
    with capture_logs() as lines:
        machines.start("behind")
        machines.start("an-hour-ahead")
        await machines.pass_s(12)

    found = [line for line in lines if line["event"] == "clocks_differ"]
    assert [line["machine"] for line in found] == ["an-hour-ahead"]
    assert 3_590 <= found[0]["is_ahead_by_s"] - 1_000 <= 3_600


async def test_the_accounts_of_a_machine_without_heartbeat_are_shown_as_reconnecting_before_they_move(
    machines: Machines,
) -> None:
    dead, living = machines.start("dead"), machines.start("living")
    await machines.pass_s(4)
    elsewhere = await machines.rig.database.read(conditions.every)
    known = KnownAccounts(machines.rig.database, living.notifier, living.clock, STANDARD, living.crew)

    async def reasons() -> list[str | None]:
        await known.look()
        found = [known.condition(one.id) for one in elsewhere if one.machine == dead.leases.machine.id]
        return [one.reason if one is not None and not one.is_connected else None for one in found]

    dead.door.is_closed = True
    before = await reasons()
    with living.notifier.subscribe("known-accounts") as subscription:
        await machines.pass_s(QUIET_MS // 1000 + 1, without=[dead])
        was_notified = await subscription.wait(0)

    assert before == [None] * 3
    assert (await reasons(), was_notified) == ([QUIET] * 3, True)
    assert len(living.tokens) == 3


async def test_a_machine_that_joins_again_while_it_reads_holds_nothing_by_its_former_id(rig: Rig) -> None:
    door = Door(rig.database)
    held = Leases(door, rig.notifier, rig.clock, "a", is_shared=True, schema=newest())
    await held.join()
    await held.share()
    [group] = await rig.database.read(leases.groups)
    former = held.machine.id
    door.answers = asyncio.Event()
    sharing = asyncio.create_task(held.share())
    await rig.database.read(lambda _: None)

    await rig.database.write(lambda tx: leases.remove_silent(tx, former, 0, 1))
    keeping = asyncio.create_task(held.keep(Reach(rig.clock, lambda: True, reached)))
    while held.machine.id == former or held.left_s() <= 0:
        rig.clock.pass_s(1)
        await rig.database.write(lambda _: None)
    door.answers.set()
    await sharing

    keeping.cancel()
    assert held.of(group.person) is None


async def reached() -> bool:
    return True
