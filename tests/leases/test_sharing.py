"""Accounts are shared out evenly by count, and nobody moves without need."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bridge.leases.sharing import Group, moves, shared_out


def groups(*machines: str | None) -> list[Group]:
    """Return persons with one account each, held by these machines."""
    return [Group(f"p{number:02}", 1, machine) for number, machine in enumerate(machines)]


def loads(found: Sequence[Group]) -> Counter[str | None]:
    counts: Counter[str | None] = Counter()
    for group in found:
        counts[group.machine] += group.accounts
    return counts


def a_round(machines: Sequence[str], found: Sequence[Group], *, everyone: Sequence[str] = ()) -> list[Group]:
    """Let every machine do its part of the moves: who has given something up does so before others take."""
    after = list(found)
    for step in ("give", "take"):
        for machine in everyone or machines:
            mine = moves(machine, machines, after)
            persons = set(mine.give if step == "give" else mine.take)
            taker = None if step == "give" else machine
            after = [replace(one, machine=taker) if one.person in persons else one for one in after]
    return after


def test_the_first_machine_takes_everything() -> None:
    assert moves("a", ["a"], groups(None, None, None)).take == ["p00", "p01", "p02"]


def test_a_machine_that_comes_gets_its_half_and_the_others_keep_theirs() -> None:
    found = groups(*["a"] * 5)

    given = moves("a", ["a", "b"], found)

    assert (len(given.give), given.take) == (2, [])
    assert moves("b", ["a", "b"], found).take == []
    assert loads(a_round(["a", "b"], found)) == {"a": 3, "b": 2}


def test_what_a_dead_machine_held_is_taken_by_all_others_at_once_and_nothing_else_moves() -> None:
    found = groups(*["a"] * 4, *["b"] * 3, *[None] * 3)

    after = a_round(["a", "b"], found)

    assert loads(after) == {"a": 5, "b": 5}
    assert [one.machine for one in after[:7]] == ["a"] * 4 + ["b"] * 3


def test_a_machine_that_may_hold_nothing_gives_all_up() -> None:
    found = groups("a", "a", "b")

    assert moves("a", ["b"], found) == moves("a", ["b"], found)
    assert moves("a", ["b"], found).give == ["p00", "p01"]
    assert loads(a_round(["b"], found, everyone=["a", "b"])) == {"b": 3}


def test_without_a_machine_that_may_hold_them_nothing_is_taken() -> None:
    assert moves("a", [], groups(None, None)).take == []


def test_an_odd_one_stays_where_it_is() -> None:
    found = groups("b", "b", "a")

    assert a_round(["a", "b"], found) == found


def test_a_person_with_many_accounts_is_moved_as_a_whole_or_not_at_all() -> None:
    big = Group("big", 6, "a")
    found = [big, Group("one", 1, "a"), Group("two", 1, "a")]

    after = a_round(["a", "b"], found)

    assert loads(after) == {"a": 6, "b": 2}
    assert after[0] == big


@pytest.mark.parametrize("seed", range(60))
def test_however_they_are_spread_it_comes_to_rest_evenly_with_the_fewest_moves(seed: int) -> None:
    chance = random.Random(seed)
    machines = list("abcd")[: chance.randint(1, 4)]
    found = groups(*[chance.choice([*machines, "gone", None]) for _ in range(chance.randint(0, 40))])
    found = [replace(one, machine=None) if one.machine == "gone" else one for one in found]

    after = a_round(machines, found)

    counts = [loads(after)[machine] for machine in machines]
    moved = sum(old.machine not in (None, new.machine) for old, new in zip(found, after, strict=True))
    each, rest = divmod(len(found), len(machines))
    before = sorted((loads(found)[machine] for machine in machines), reverse=True)
    surplus = sum(max(0, load - each - (rank < rest)) for rank, load in enumerate(before))
    assert max(counts) - min(counts) <= 1
    assert a_round(machines, after) == after
    assert moved == surplus


@pytest.mark.parametrize("seed", range(60))
def test_persons_of_any_size_come_to_rest(seed: int) -> None:
    chance = random.Random(seed)
    machines = list("abcd")[: chance.randint(1, 4)]
    found = [
        Group(f"p{number:02}", chance.randint(1, 9), chance.choice([*machines, None]))
        for number in range(chance.randint(0, 20))
    ]

    rounds = [found]
    for _ in range(5):
        rounds.append(a_round(machines, rounds[-1]))

    assert rounds[-1] == rounds[-2]
    assert None not in loads(rounds[-1])


def test_all_machines_come_to_the_same_result() -> None:
    found = groups("a", None, "b", None, None, "c")

    assert shared_out(["c", "a", "b"], found) == shared_out(["a", "b", "c"], list(reversed(found)))
