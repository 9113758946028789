"""Who may be called back now: a few at a time, one while it fails, and those that fail in turns.

`Rooms` is what the sender knows of its receivers; `Room` is what a transaction is told of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Final

PER_RECEIVER: Final = 4
BREATH_MS: Final = 10
"""How long after an attempt at a receiver that fails another such one begins: they would come in herds."""
REMEMBERED: Final = 10_000
"""How many failing receivers are known as such; of more, those that failed longest ago are forgotten."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much may be claimed at once, and for whom.

    `failing` are the receivers whose last attempt failed, the one that was tried longest ago first; none of
    them may be called without `has_turn`.
    """

    most: int
    busy: Mapping[str, int]
    failing: Mapping[str, None]
    under_way: frozenset[str]
    has_turn: bool

    def healthy(self, due: Iterable[str]) -> Mapping[str, int]:
        """Return those that do not fail, with how much may be claimed for each."""
        return {one: PER_RECEIVER - self.busy.get(one, 0) for one in due if one not in self.failing}

    def in_turn(self, due: Iterable[str]) -> Mapping[str, int]:
        """Return those that fail, in the order of their turns, with how much may be claimed for each."""
        waiting = frozenset(due if self.has_turn else ())
        return {one: 1 - self.busy.get(one, 0) for one in self.failing if one in waiting}


class Rooms:
    """What is under way, and who failed last."""

    def __init__(self) -> None:
        self._under_way: set[str] = set()
        self._busy: Counter[str] = Counter()
        self._failing: dict[str, None] = {}
        self._turn_ms = 0

    def now(self, now_ms: int, at_once: int, in_all: int) -> Room:
        """Return what may be claimed now: so much at once, and no more than so much under way in all."""
        most = min(at_once, in_all - len(self._under_way))
        under_way, has_turn = frozenset(self._under_way), not self._is_breathing(now_ms)
        return Room(most, dict(self._busy), dict(self._failing), under_way, has_turn)

    def begin(self, delivery: str, receiver: str, now_ms: int) -> None:
        """An attempt begins; one at a receiver that fails takes the turn."""
        self._under_way.add(delivery)
        self._busy[receiver] += 1
        if receiver in self._failing:
            self._turn_ms = now_ms

    def end(self, delivery: str, receiver: str) -> None:
        """An attempt is over."""
        self._under_way.discard(delivery)
        self._busy[receiver] -= 1
        self._busy += Counter()  # forgets who is no longer busy

    def note(self, receiver: str, *, has_failed: bool) -> None:
        """Remember how an attempt went."""
        self._failing.pop(receiver, None)
        if has_failed:
            self._failing[receiver] = None
        if len(self._failing) > REMEMBERED:
            del self._failing[next(iter(self._failing))]

    def next_turn_ms(self, now_ms: int) -> float:
        """Return when a receiver that fails may be called again, infinity if it is its turn now."""
        return self._turn_ms + BREATH_MS if self._is_breathing(now_ms) else inf

    def _is_breathing(self, now_ms: int) -> bool:
        return 0 <= now_ms - self._turn_ms < BREATH_MS
