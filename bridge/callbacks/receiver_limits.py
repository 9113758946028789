"""Who may be called back now: a few at a time, one while it fails, and those that fail in turns.

`ReceiverLimits` is what the sender knows of its receivers, `LimitsSnapshot` what a transaction is told of it.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from math import inf
from typing import Final

PER_RECEIVER: Final = 4
PER_TAKING_RECEIVER: Final = 16
"""How many callbacks are under way at once to a receiver that took the last one."""
BREATH_MS: Final = 10
"""How long after an attempt at a receiver that fails another such one begins: they would come in herds."""
LONGEST_REST_MS: Final = 1_000
"""How long a receiver that goes on failing is left alone, whatever else is due to it."""
REMEMBERED: Final = 10_000
"""How many failing receivers are known as such; of more, those that failed longest ago are forgotten."""


@dataclass(frozen=True, slots=True)
class LimitsSnapshot:
    """How much may be claimed at a time, and for whom.

    `failing` are the receivers whose last attempt failed, the one that was tried longest ago first, each with
    when it may be called again; none of them may be before `turn_ms`. Times are the monotonic clock's.
    `busy` are those that are being called; `under_way` is also what has been answered and is not settled yet.
    `taking` are those that took the last callback. `unanswered` are jobs whose callbacks are put off, and for
    how long.
    """

    now_ms: int
    most: int
    busy: Mapping[str, int]
    failing: Mapping[str, int]
    under_way: frozenset[str]
    turn_ms: int
    unanswered: Mapping[str, int] = field(default_factory=dict)
    taking: Set[str] = frozenset()

    def healthy(self, due: Collection[str]) -> Mapping[str, int]:
        """Return those that do not fail, with how much may be claimed for each."""
        return {
            one: _most(one, self.taking) - self.busy.get(one, 0) for one in due if one not in self.failing
        }

    def in_turn(self, due: Sequence[str]) -> Mapping[str, int]:
        """Return those that fail and may be called now, in turn, one callback for each."""
        waiting = frozenset(due)
        ready = [one for one in self.failing if one in waiting and self._ready_ms(one) <= self.now_ms]
        return dict.fromkeys(ready, 1)

    def next_turn_in_ms(self, due: Sequence[str]) -> float:
        """Return how long until one of those that fail may be called next; infinity if none waits."""
        left_ms = [self._ready_ms(one) - self.now_ms for one in due if one in self.failing]
        return min((its_ms for its_ms in left_ms if its_ms > 0), default=inf)

    def _ready_ms(self, failing: str) -> float:
        """Return when it may be called; not while a callback is under way, for its end is another look."""
        return inf if self.busy.get(failing, 0) else max(self.failing[failing], self.turn_ms)


def rest_ms(failures: int) -> int:
    """Return how long a receiver rests after so many failures in a row: 20, 40, 80 … ms, a second at most.

    A receiver is a host: a healthy address of it waits hardly longer for one of its addresses that is dead.
    """
    return min(LONGEST_REST_MS, BREATH_MS << min(failures, 10))


@dataclass(frozen=True, slots=True)
class Failing:
    """How often a receiver has failed in a row, and when it may be called again."""

    failures: int
    ready_ms: int


class ReceiverLimits:
    """What is under way, and who failed last; times are the monotonic clock's."""

    def __init__(self) -> None:
        self._under_way: set[str] = set()
        self._calling: set[str] = set()
        self._busy: Counter[str] = Counter()
        self._failing: dict[str, Failing] = {}
        self._taking: frozenset[str] = frozenset()
        self._turn_ms = 0
        self._is_full = False

    def now(self, now_ms: int, at_once: int, in_all: int) -> LimitsSnapshot:
        """Return what may be claimed now: so much at once, and no more than so much under way in all."""
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
        """An attempt begins; one at a receiver that fails takes the turn."""
        self._under_way.add(delivery)
        self._calling.add(delivery)
        self._busy[receiver] += 1
        if receiver in self._failing:
            self._turn_ms = now_ms + BREATH_MS

    def free(self, delivery: str, receiver: str) -> bool:
        """The call has ended, and its outcome is yet to be kept; True if others may wait for this room."""
        if delivery not in self._calling:
            return False
        others_waited = self._busy[receiver] >= _most(receiver, self._taking) or receiver in self._failing
        self._calling.discard(delivery)
        self._busy[receiver] -= 1
        if not self._busy[receiver]:
            del self._busy[receiver]
        return others_waited

    def end(self, delivery: str, receiver: str) -> bool:
        """An attempt is over, and its outcome is kept; True if others may wait for this room."""
        others_waited = self.free(delivery, receiver) or self._is_full
        self._under_way.discard(delivery)
        self._is_full = False
        return others_waited

    def note(self, receiver: str, now_ms: int, *, has_failed: bool) -> None:
        """Remember how an attempt went."""
        before = self._failing.pop(receiver, None)
        self._note_taking(receiver, is_taking=not has_failed)
        if has_failed:
            failures = before.failures + 1 if before else 1
            self._failing[receiver] = Failing(failures, now_ms + rest_ms(failures))
        if len(self._failing) > REMEMBERED:
            del self._failing[next(iter(self._failing))]

    def _note_taking(self, receiver: str, *, is_taking: bool) -> None:
        """Remember who takes callbacks; of too many, all are forgotten until they take one again."""
        if is_taking and receiver not in self._taking:
            kept = self._taking if len(self._taking) < REMEMBERED else frozenset()
            self._taking = kept | {receiver}
        elif not is_taking:
            self._taking -= {receiver}


def _most(receiver: str, taking: Set[str]) -> int:
    return PER_TAKING_RECEIVER if receiver in taking else PER_RECEIVER
