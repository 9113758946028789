"""Concurrency limits per receiver: a few at a time, one while it fails, and failing ones in turn.

`ReceiverLimits` is the sender's state of its receivers, `LimitsSnapshot` a copy of it for a transaction.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from math import inf
from typing import Final

PER_RECEIVER: Final = 4
PER_TAKING_RECEIVER: Final = 16
"""How many callbacks may run at once for a receiver that acknowledged the last one."""
BREATH_MS: Final = 10
"""The minimum pause between attempts at failing receivers, so that they do not come in bursts."""
LONGEST_REST_MS: Final = 1_000
"""The longest pause between two attempts at a failing receiver."""
REMEMBERED: Final = 10_000
"""The maximum number of failing receivers; beyond it those that failed longest ago are discarded."""


@dataclass(frozen=True, slots=True)
class LimitsSnapshot:
    """How much may be claimed now, and for which receivers. Times are the monotonic clock's.

    `failing` maps receivers whose last attempt failed to when they may be called again, least recently tried
    first; none of them before `turn_ms`. `busy` counts calls per receiver, `under_way` also those that have
    been answered but whose outcome is not stored yet. `taking` are receivers that acknowledged the last
    callback. `open_submits` maps jobs whose callbacks must wait to how long, `answered_submits` are those
    that need not.
    """

    now_ms: int
    most: int
    busy: Mapping[str, int]
    failing: Mapping[str, int]
    under_way: frozenset[str]
    turn_ms: int
    open_submits: Mapping[str, int] = field(default_factory=dict)
    answered_submits: Set[str] = frozenset()
    taking: Set[str] = frozenset()

    def healthy(self, due: Collection[str]) -> Mapping[str, int]:
        """Return the receivers that do not fail, with how many callbacks may be claimed for each."""
        return {
            one: _most(one, self.taking) - self.busy.get(one, 0) for one in due if one not in self.failing
        }

    def in_turn(self, due: Sequence[str]) -> Mapping[str, int]:
        """Return the failing receivers that may be called now, in turn, with one callback each."""
        waiting = frozenset(due)
        ready = [one for one in self.failing if one in waiting and self._ready_ms(one) <= self.now_ms]
        return dict.fromkeys(ready, 1)

    def next_turn_in_ms(self, due: Sequence[str]) -> float:
        """Return how long until a failing receiver may be called, in ms; infinity if none is waiting."""
        left_ms = [self._ready_ms(one) - self.now_ms for one in due if one in self.failing]
        return min((its_ms for its_ms in left_ms if its_ms > 0), default=inf)

    def _ready_ms(self, failing: str) -> float:
        """Return when a receiver may be called; never while a call runs: its end triggers a new query."""
        return inf if self.busy.get(failing, 0) else max(self.failing[failing], self.turn_ms)


def rest_ms(failures: int) -> int:
    """Return the pause after so many failures in a row: 20, 40, 80 … ms, at most a second.

    It is short because a receiver is a host: one dead URL must hardly delay the host's other URLs.
    """
    return min(LONGEST_REST_MS, BREATH_MS << min(failures, 10))


@dataclass(frozen=True, slots=True)
class Failing:
    """How many times in a row a receiver has failed, and when it may be called again."""

    failures: int
    ready_ms: int


class ReceiverLimits:
    """The attempts in progress and the failing receivers; times are the monotonic clock's."""

    def __init__(self) -> None:
        self._under_way: set[str] = set()
        self._calling: set[str] = set()
        self._busy: Counter[str] = Counter()
        self._failing: dict[str, Failing] = {}
        self._taking: frozenset[str] = frozenset()
        self._turn_ms = 0
        self._is_full = False

    def now(self, now_ms: int, at_once: int, in_all: int) -> LimitsSnapshot:
        """Return what may be claimed now: at most `at_once` per receiver, and `in_all` in total."""
        most = min(at_once, in_all - len(self._under_way))
        self._is_full = self._is_full or most <= 0
        failing = {one: state.ready_ms for one, state in self._failing.items()}
        return LimitsSnapshot(
            now_ms,
            most,
            dict(self._busy),
            failing,
            frozenset(self._under_way),
            self._turn_ms,
            taking=self._taking,
        )

    def begin(self, delivery: str, receiver: str, now_ms: int) -> None:
        """Record the start of an attempt; at a failing receiver it uses the turn."""
        self._under_way.add(delivery)
        self._calling.add(delivery)
        self._busy[receiver] += 1
        if receiver in self._failing:
            self._turn_ms = now_ms + BREATH_MS

    def free(self, delivery: str, receiver: str) -> bool:
        """Record that a call has ended but is not stored yet; return whether others may wait for the slot."""
        if delivery not in self._calling:
            return False
        others_waited = self._busy[receiver] >= _most(receiver, self._taking) or receiver in self._failing
        self._calling.discard(delivery)
        self._busy[receiver] -= 1
        if not self._busy[receiver]:
            del self._busy[receiver]
        return others_waited

    def end(self, delivery: str, receiver: str) -> bool:
        """Record that an attempt is over and stored; return whether others may wait for the slot."""
        others_waited = self.free(delivery, receiver) or self._is_full
        self._under_way.discard(delivery)
        self._is_full = False
        return others_waited

    def note(self, receiver: str, now_ms: int, *, has_failed: bool) -> None:
        """Record the outcome of an attempt."""
        before = self._failing.pop(receiver, None)
        self._note_taking(receiver, is_taking=not has_failed)
        if has_failed:
            failures = before.failures + 1 if before else 1
            self._failing[receiver] = Failing(failures, now_ms + rest_ms(failures))
        if len(self._failing) > REMEMBERED:
            del self._failing[next(iter(self._failing))]

    def _note_taking(self, receiver: str, *, is_taking: bool) -> None:
        """Record who acknowledges callbacks; if there are too many, all are discarded."""
        if is_taking and receiver not in self._taking:
            kept = self._taking if len(self._taking) < REMEMBERED else frozenset()
            self._taking = kept | {receiver}
        elif not is_taking:
            self._taking -= {receiver}


def _most(receiver: str, taking: Set[str]) -> int:
    return PER_TAKING_RECEIVER if receiver in taking else PER_RECEIVER
