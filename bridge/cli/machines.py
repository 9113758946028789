"""`machines`: lists the processes that share the database, and which accounts each of them runs.

Clocks can differ, so no time says whether one lives: its heartbeat is watched until it moves.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.api.contract.views import moment
from bridge.app.foundation import is_in_use, shared_database, usable_database
from bridge.cli.announce import minute, show, show_table
from bridge.cli.start import Command
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.leases.term import APART_MS, QUIET_MS, WATCH_S, Machine
from bridge.ports import Clock
from bridge.store.database import Database, Tx
from bridge.store.rows import leases
from bridge.store.rows.leases import Held

_HEAD: Final = ("machine", "state", "started", "last heartbeat", "accounts", "schema", "clock")
"""Times are in UTC."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a machine does, and by how much its clock is ahead of this one, if that is too much."""

    machine: Machine
    state: str
    differs_by_s: int = 0


def listing(*, as_json: bool) -> Command:
    """Return the command that lists the machines, a line each."""

    async def list_all(settings: Settings) -> None:
        is_locked = is_in_use(settings)
        async with shared_database(settings) as database:
            with usable_database():
                ahead = await clocks_of_living(database, SystemClock()) if is_locked is None else None
                machines, held = await database.read(_look)
        seen = [_seen(one, ahead, is_locked=is_locked is True) for one in machines]
        if as_json:
            show(json.dumps([_listed(one, held[one.machine.id]) for one in seen], indent=2))
        else:
            show_table(_HEAD, [_row(one, held[one.machine.id]) for one in seen])

    return list_all


async def clocks_of_living(database: Database, clock: Clock) -> Mapping[str, int]:
    """Return the ids of the machines whose heartbeat moves, and how far (ms) their clocks are ahead.

    One whose heartbeat stands still for `QUIET_MS` is silent. A clock that is ahead by less than `APART_MS`,
    or behind, may as well be right: a heartbeat is stored some time before it is seen.
    """
    first: dict[str, int] = {}
    ahead: dict[str, int] = {}
    until_ms = clock.monotonic_ms() + QUIET_MS
    while True:
        found = await database.read(leases.machines)
        now_ms = clock.now_ms()
        for one in found:
            if one.heartbeat != first.setdefault(one.id, one.heartbeat):
                ahead.setdefault(one.id, one.heartbeat_ms - now_ms)
        if all(one.id in ahead for one in found) or clock.monotonic_ms() >= until_ms:
            return ahead
        await clock.sleep(WATCH_S)


def _look(tx: Tx) -> tuple[Sequence[Machine], Mapping[str, Sequence[Held]]]:
    held: defaultdict[str, list[Held]] = defaultdict(list)
    for one in leases.held(tx):
        held[one.machine].append(one)
    return leases.machines(tx), held


def _seen(machine: Machine, ahead: Mapping[str, int] | None, *, is_locked: bool) -> Seen:
    """Return what is seen of a machine; `ahead` is None for a file, which a process has locked or not."""
    is_living = is_locked if ahead is None else machine.id in ahead
    if not is_living:
        return Seen(machine, "silent")
    ahead_ms = 0 if ahead is None else ahead[machine.id]
    differs_by_s = round(ahead_ms / 1000) if abs(ahead_ms) > APART_MS else 0
    if machine.is_draining:
        return Seen(machine, "draining", differs_by_s)
    return Seen(machine, "active" if machine.reaches_discord else "without Discord", differs_by_s)


def _listed(seen: Seen, held: Sequence[Held]) -> dict[str, object]:
    machine = seen.machine
    return {
        "id": machine.id,
        "name": machine.name,
        "state": seen.state,
        "started": moment(machine.started_ms),
        "last_heartbeat": moment(machine.heartbeat_ms),
        "schema": machine.schema,
        "clock_differs_by_s": seen.differs_by_s,
        "accounts": [
            {"tenant": one.tenant, "channel": one.channel, "since": moment(one.since_ms)} for one in held
        ],
    }


def _row(seen: Seen, held: Sequence[Held]) -> Sequence[str]:
    machine = seen.machine
    times = (minute(machine.started_ms), minute(machine.heartbeat_ms))
    clock = f"{seen.differs_by_s:+} s" if seen.differs_by_s else ""
    return (machine.name, seen.state, *times, str(len(held)), str(machine.schema), clock)
