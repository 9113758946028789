"""A machine stops by itself before another one may take what it holds, whatever their clocks show."""

import itertools

import pytest

from bridge.leases.term import (
    APART_MS,
    LEASE_MS,
    QUIET_MS,
    STOP_MS,
    Heartbeats,
    Machine,
    ahead_ms,
    end_ms,
    that_may_hold,
)


def machine(name: str, heartbeat: int = 0, *, drains: bool = False, reaches: bool = True) -> Machine:
    return Machine(name, name, 0, heartbeat, is_draining=drains, reaches_discord=reaches)


def test_a_machine_is_silent_when_its_heartbeat_has_stood_still_for_the_time_of_a_lease() -> None:
    seen = Heartbeats()

    seen.see([machine("a", 1), machine("b", 1)], 1_000)
    seen.see([machine("a", 2), machine("b", 1)], 1_000 + LEASE_MS - 1)

    assert seen.silent(1_000 + LEASE_MS - 1) == {}
    assert seen.silent(1_000 + LEASE_MS) == {"b": 1}


def test_a_machine_that_is_seen_for_the_first_time_is_given_the_whole_time() -> None:
    seen = Heartbeats()

    seen.see([machine("a", 7)], 500_000)

    assert seen.silent(500_000 + LEASE_MS - 1) == {}


def test_a_machine_that_is_gone_is_forgotten() -> None:
    seen = Heartbeats()

    seen.see([machine("a", 7)], 0)
    seen.see([], 1)
    seen.see([machine("a", 7)], LEASE_MS)

    assert seen.silent(LEASE_MS) == {}


@pytest.mark.parametrize(
    ("stores_after_ms", "reads_after_ms", "offset_ms"),
    list(itertools.product([0, 200, 4_900], [0, 1, 1_000], [-3_600_000, 0, 3_600_000])),
)
def test_the_holder_has_stopped_long_before_another_can_take_its_lease(
    stores_after_ms: int, reads_after_ms: int, offset_ms: int
) -> None:
    asked_ms = 1_000_000
    stored_ms = asked_ms + stores_after_ms
    seen = Heartbeats()

    seen.see([machine("a", 1)], stored_ms + reads_after_ms + offset_ms)
    taken_ms = next(
        at_ms for at_ms in itertools.count(asked_ms, 100) if seen.silent(at_ms + offset_ms) == {"a": 1}
    )

    assert taken_ms - end_ms(asked_ms) >= STOP_MS


def test_who_ends_or_has_lost_discord_holds_nothing() -> None:
    found = [machine("a"), machine("b", drains=True), machine("c", reaches=False)]

    assert that_may_hold(found) == ["a"]


def test_while_nobody_reaches_discord_everyone_keeps_what_it_has() -> None:
    found = [machine("a", reaches=False), machine("b", drains=True), machine("c", reaches=False)]

    assert that_may_hold(found) == ["a", "c"]


def test_a_machine_is_quiet_before_it_is_silent() -> None:
    seen = Heartbeats()

    seen.see([machine("a", 1)], 0)

    assert seen.silent(QUIET_MS - 1, QUIET_MS) == {}
    assert seen.silent(QUIET_MS, QUIET_MS) == {"a": 1}
    assert QUIET_MS < LEASE_MS


def test_a_clock_is_ahead_if_a_heartbeat_comes_from_the_future() -> None:
    heartbeats = [Machine("a", "a", 0, 1, heartbeat_ms=at_ms) for at_ms in (0, APART_MS)]
    future = Machine("b", "b", 0, 1, heartbeat_ms=APART_MS + 1)

    assert ahead_ms([*heartbeats, future], 0) == {"b": APART_MS + 1}
