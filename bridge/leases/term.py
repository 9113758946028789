"""How long a machine may act on its leases, by its own clock.

No clocks of two machines are compared. A machine counts from the moment *before* it asked for its heartbeat
to be stored. Another one counts from the moment *after* it has read that heartbeat, which is later, and takes
no lease before `LEASE_MS` have passed without a new one. The clock counts the time in which a machine is
suspended.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

LEASE_MS: Final = 15_000
"""How long a machine that shows no sign of life keeps its leases."""
STOP_MS: Final = 2_500
"""How long before that it stops by itself: it needs the time to close its gateway connections."""
HEARTBEAT_S: Final = 5.0
WATCH_S: Final = 1.0
"""How often a machine looks at the heartbeats of the others, and tries one again that was not stored."""
QUIET_MS: Final = 10_000
"""After how long without a sign of life a machine's accounts are not shown as connected: two heartbeats."""
APART_MS: Final = 5_000
"""How far apart the clocks of two machines may be before the log says so."""
UNREACHED_MS: Final = 60_000
"""After how long without any connection to Discord a machine gives its accounts to one that has some."""


def end_ms(asked_ms: int) -> int:
    """Return until when a machine may act that asked for its heartbeat at `asked_ms`, and got it."""
    return asked_ms + LEASE_MS - STOP_MS


@dataclass(frozen=True, slots=True)
class Machine:
    """A process that shares the database; `name` is for people, `schema` the newest that its code knows."""

    id: str
    name: str
    started_ms: int
    heartbeat: int = 0
    heartbeat_ms: int = 0
    is_draining: bool = False
    reaches_discord: bool = True
    schema: int = 0


class Heartbeats:
    """What a machine has seen of the others' heartbeats, and when by its own clock."""

    def __init__(self) -> None:
        self._seen: Mapping[str, tuple[int, int]] = {}

    def see(self, machines: Iterable[Machine], read_ms: int) -> None:
        """Record the heartbeats that were read; `read_ms` is when they had been read."""
        self._seen = {one.id: self._since(one, read_ms) for one in machines}

    def silent(self, asked_ms: int, for_ms: int | None = None) -> Mapping[str, int]:
        """Return the machines whose heartbeat stood still for a time, that of a lease, and the heartbeat.

        `asked_ms` is when the heartbeats were asked for that were seen last: it may be long ago.
        """
        return {
            machine: heartbeat
            for machine, (heartbeat, since_ms) in self._seen.items()
            if asked_ms - since_ms >= (LEASE_MS if for_ms is None else for_ms)
        }

    def _since(self, machine: Machine, read_ms: int) -> tuple[int, int]:
        heartbeat, since_ms = self._seen.get(machine.id, (-1, read_ms))
        return machine.heartbeat, since_ms if heartbeat == machine.heartbeat else read_ms


def ahead_ms(machines: Iterable[Machine], now_ms: int) -> Mapping[str, int]:
    """Return by how much the clocks of machines, by their names, are ahead of `now_ms` by too much.

    A heartbeat was stored before it was read, so one from the future is proof. Of two clocks that differ, the
    machine whose clock is behind sees it.
    """
    found = {one.name: one.heartbeat_ms - now_ms for one in machines}
    return {name: by_ms for name, by_ms in found.items() if by_ms > APART_MS}


def that_may_hold(machines: Iterable[Machine]) -> list[str]:
    """Return the machines that may have leases: none that is ending.

    A machine that has lost Discord does not count either, unless all have: then it is not the machine.
    """
    staying = [one for one in machines if not one.is_draining]
    reaching = [one for one in staying if one.reaches_discord]
    return sorted(one.id for one in reaching or staying)
