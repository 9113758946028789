"""`machines`: lists the processes that share the database, and which accounts each of them runs."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from bridge.api.contract.views import moment
from bridge.app.foundation import is_in_use, shared_database, usable_database
from bridge.cli.announce import minute, show, show_table
from bridge.cli.start import Command
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.leases.term import LEASE_MS, Machine
from bridge.store.database import Tx
from bridge.store.rows import leases
from bridge.store.rows.leases import Held

_HEAD: Final = ("machine", "state", "started", "last heartbeat", "accounts", "schema")
"""Times are in UTC."""


def listing(*, as_json: bool) -> Command:
    """Return the command that lists the machines, a line each."""

    async def list_all(settings: Settings) -> None:
        async with shared_database(settings) as database:
            with usable_database():
                machines, held = await database.read(_look)
        now_ms, is_locked = SystemClock().now_ms(), is_in_use(settings)
        states = {one.id: _state(one, now_ms, is_locked=is_locked) for one in machines}
        if as_json:
            show(json.dumps([_listed(one, states[one.id], held[one.id]) for one in machines], indent=2))
        else:
            show_table(_HEAD, [_row(one, states[one.id], held[one.id]) for one in machines])

    return list_all


def _look(tx: Tx) -> tuple[Sequence[Machine], Mapping[str, Sequence[Held]]]:
    held: defaultdict[str, list[Held]] = defaultdict(list)
    for one in leases.held(tx):
        held[one.machine].append(one)
    return leases.machines(tx), held


def _state(machine: Machine, now_ms: int, *, is_locked: bool | None) -> str:
    """Return what a machine does; `is_locked`: whether a process has the file, None if there is no file."""
    is_silent = now_ms - machine.heartbeat_ms > LEASE_MS if is_locked is None else not is_locked
    if is_silent:
        return "silent"
    if machine.is_draining:
        return "draining"
    return "active" if machine.reaches_discord else "without Discord"


def _listed(machine: Machine, state: str, held: Sequence[Held]) -> dict[str, object]:
    return {
        "id": machine.id,
        "name": machine.name,
        "state": state,
        "started": moment(machine.started_ms),
        "last_heartbeat": moment(machine.heartbeat_ms),
        "schema": machine.schema,
        "accounts": [
            {"tenant": one.tenant, "channel": one.channel, "since": moment(one.since_ms)} for one in held
        ],
    }


def _row(machine: Machine, state: str, held: Sequence[Held]) -> Sequence[str]:
    times = (minute(machine.started_ms), minute(machine.heartbeat_ms))
    return (machine.name, state, *times, str(len(held)), str(machine.schema))
