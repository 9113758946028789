"""What the simulated Discord says of who was connected: never two at one time for one account; pure.

A process that is frozen cannot close its connection: until a moment after it goes on, it is fenced out, and
may still be connected beside the one that has taken over.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.chaos.fleet import Ended
from tests.chaos.spread import p

NS: Final = 1_000_000_000
GRACE_NS: Final = 3 * NS
"""How long a process may take to close its connections after it was frozen for longer than its leases."""
DIED_NS: Final = 12 * NS
"""How long after a death or the order to end a connection may end because of it."""


@dataclass(frozen=True)
class Stay:
    """A connection or a POST: whose, of which bridge, from when to when."""

    how: str
    user: str
    address: str
    began_ns: int
    ended_ns: int

    @property
    def is_post(self) -> bool:
        """Whether it is a POST of an interaction."""
        return self.how == "post"


Frozen = Mapping[str, Sequence[tuple[int, int]]]
"""When the bridge of an address was frozen."""


def stays_of(rows: Iterable[Mapping[str, Any]], now_ns: int) -> list[Stay]:
    """Return what the simulator has noted; what goes on lasts until now."""
    return [
        Stay(row["how"], row["user_id"], row["address"], row["began_ns"], row["ended_ns"] or now_ns)
        for row in rows
    ]


def doubles(stays: Sequence[Stay], frozen: Frozen) -> list[str]:
    """Return a sentence for each account that two bridges used at one time, or one bridge twice."""
    return [
        f"account {one.user} had {_told(one)} and {_told(other)} at one time"
        for one, other in _overlaps(stays)
        if not _was_fenced_out(one, other, frozen)
    ]


def fenced_out(stays: Sequence[Stay], frozen: Frozen) -> int:
    """Return how often a frozen bridge's connection was still there when another had taken over."""
    return sum(_was_fenced_out(one, other, frozen) for one, other in _overlaps(stays))


def gaps_s(stays: Sequence[Stay], ended: Sequence[Ended], how: str) -> list[float]:
    """Return for each account how long it had no session after its bridge died or was asked to end."""
    sessions = sorted((one for one in stays if not one.is_post), key=lambda one: one.began_ns)
    found = []
    for end in (one for one in ended if one.how == how):
        for lost in sessions:
            if lost.address == end.address and end.at_ns <= lost.ended_ns + NS // 10 <= end.at_ns + DIED_NS:
                later = (one for one in sessions if one.user == lost.user and one.began_ns >= lost.ended_ns)
                if following := next(later, None):
                    found.append((following.began_ns - lost.ended_ns) / NS)
    return found


def told_gaps(name: str, gaps: Sequence[float]) -> str:
    """Return the figures of gaps."""
    if not gaps:
        return f"no gap after a {name}"
    return f"gaps after a {name}: p50 {p(50, gaps):.1f} s, max {max(gaps):.1f} s ({len(gaps)} accounts)"


def _overlaps(stays: Sequence[Stay]) -> Iterable[tuple[Stay, Stay]]:
    """Return pairs at one time: two sessions, two POSTs, or a session and another bridge's POST."""
    of_user: defaultdict[str, list[Stay]] = defaultdict(list)
    for stay in sorted(stays, key=lambda one: one.began_ns):
        of_user[stay.user].append(stay)
    for own in of_user.values():
        for place, other in enumerate(own):
            for one in own[:place]:
                is_kind = one.is_post == other.is_post or one.address != other.address
                if is_kind and one.ended_ns > other.began_ns:
                    yield one, other


def _was_fenced_out(one: Stay, other: Stay, frozen: Frozen) -> bool:
    """Tell whether either was of a bridge that was frozen, and ended soon after that."""
    meet = max(one.began_ns, other.began_ns)
    return one.address != other.address and any(
        began <= meet <= ended + GRACE_NS and stay.ended_ns <= ended + GRACE_NS
        for stay in (one, other)
        for began, ended in frozen.get(stay.address, ())
    )


def _told(stay: Stay) -> str:
    span = f"{stay.began_ns / NS:.3f} to {stay.ended_ns / NS:.3f}"
    return f"a {'POST' if stay.is_post else 'session'} of {stay.address} ({stay.how}, {span})"
