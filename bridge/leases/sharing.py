"""Which machine should connect which accounts: evenly by count, with the fewest moves.

Every machine computes this by itself from the same rows, and does its own part: it gives up what another
should have, and takes what is free and should be its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """The accounts of one Discord person, which one machine connects: how many, and which has their lease."""

    person: str
    accounts: int
    machine: str | None = None


@dataclass(frozen=True, slots=True)
class Moves:
    """What a machine has to do: the persons whose leases it takes, and those whose leases it gives up.

    `is_expecting`: another machine has to give something up for it.
    """

    take: Sequence[str] = ()
    give: Sequence[str] = ()
    is_expecting: bool = False


def moves(machine: str, machines: Sequence[str], groups: Sequence[Group]) -> Moves:
    """Return what `machine` has to do; `machines` are those that may have leases, maybe without it."""
    wanted = shared_out(machines, groups)
    its_own = [one for one in groups if wanted.get(one.person) == machine]
    return Moves(
        take=[one.person for one in its_own if one.machine is None],
        give=[one.person for one in groups if one.machine == machine and wanted.get(one.person) != machine],
        is_expecting=any(one.machine not in (None, machine) for one in its_own),
    )


def shared_out(machines: Sequence[str], groups: Sequence[Group]) -> Mapping[str, str]:
    """Return which machine should have the lease of each person; nobody moves without need."""
    if not machines:
        return {}
    loads = dict.fromkeys(machines, 0)
    for group in groups:
        if group.machine in loads:
            loads[group.machine] += group.accounts
    quotas = _quotas(loads, sum(group.accounts for group in groups))
    wanted: dict[str, str] = {}
    homeless: list[Group] = []
    for group in _largest_first(groups):
        home = group.machine
        if home in loads and loads[home] - group.accounts < quotas[home]:
            wanted[group.person] = home
        else:
            homeless.append(group)
            if home in loads:
                loads[home] -= group.accounts
    for group in homeless:
        wanted[group.person] = home = _least_loaded(loads, group.machine)
        loads[home] += group.accounts
    return wanted


def _quotas(loads: Mapping[str, int], accounts: int) -> Mapping[str, int]:
    """Return how many accounts each machine should have; one more for those that have the most now."""
    each, rest = divmod(accounts, len(loads))
    ranked = sorted(loads, key=lambda machine: (-loads[machine], machine))
    return {machine: each + (rank < rest) for rank, machine in enumerate(ranked)}


def _least_loaded(loads: Mapping[str, int], home: str | None) -> str:
    """Return the machine with the fewest accounts; of several, the present one first."""
    return min(loads, key=lambda machine: (loads[machine], machine != home, machine))


def _largest_first(groups: Iterable[Group]) -> Sequence[Group]:
    return sorted(groups, key=lambda group: (-group.accounts, group.person))
