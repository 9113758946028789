"""How two sides of a measurement compare: their 99th percentiles, and how sure their ratio is; pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

DRAWS: Final = 2_000
SURE: Final = 0.95
ALLOWED: Final = 1.2
Block = Sequence[float]
Pair = tuple[Block, Block]


@dataclass(frozen=True)
class Sides:
    """Milliseconds of both sides, in pairs of blocks: the first of each alone, the second in company."""

    pairs: Sequence[Pair]
    received: int = 0
    expected: int = 0
    hostile_per_s: float = 0.0
    held: int = 0

    @property
    def alone(self) -> Block:
        """What was measured alone."""
        return list(chain.from_iterable(one for one, _ in self.pairs))

    @property
    def beside(self) -> Block:
        """What was measured in company."""
        return list(chain.from_iterable(other for _, other in self.pairs))

    @property
    def ratio(self) -> float:
        """How many times slower the slowest hundredth is in company."""
        return _ratio(self.pairs)

    def sure(self, seed: int = 1) -> tuple[float, float]:
        """Return between what the ratio lies with 95 %.

        Drawn are pairs of blocks: a hiccup of the machine hits neighbours, single callbacks depend on others.
        """
        chance = random.Random(seed)
        drawn = sorted(_ratio(chance.choices(self.pairs, k=len(self.pairs))) for _ in range(DRAWS))
        least = round(DRAWS * (1 - SURE) / 2)
        return drawn[least], drawn[-least - 1]

    @property
    def broken(self) -> list[str]:
        """What is certain to be broken: callbacks that did not come, a ratio that chance does not explain."""
        lost = self.expected - self.received
        slower, _ = self.sure()
        return [
            *([f"{lost} callbacks of a healthy receiver did not come"] if lost else []),
            *([f"a healthy receiver is {slower:.2f} times slower at least"] if slower > ALLOWED else []),
        ]

    def line(self) -> str:
        """Return the figures."""
        low, high = self.sure()
        company = f"{self.held} callbacks held at least, {self.hostile_per_s:.0f} hostile attempts/s"
        return (
            f"alone p50 {p(50, self.alone):.1f} p99 {p(99, self.alone):.1f} ms, "
            f"in company p50 {p(50, self.beside):.1f} p99 {p(99, self.beside):.1f} ms; "
            f"p99 x {self.ratio:.2f} (95 %: {low:.2f} to {high:.2f}), "
            f"{len(self.alone)} and {len(self.beside)} callbacks; {company}"
        )


def p(percent: int, values: Block) -> float:
    """Return the nearest rank."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]


def _ratio(pairs: Sequence[Pair]) -> float:
    one, other = (p(99, list(chain.from_iterable(side))) for side in zip(*pairs, strict=True))
    return other / one
