"""Magic words: what a prompt can ask of the simulator, like the test cards of a payment provider.

Most are played by the bot. `#throttled`, `#fail`, `#silent` and `#early` are played by Discord itself, since
a bot cannot do them: an answer 429, a failure at once, no event and no message ever after
INTERACTION_CREATE, and events out of order.
"""

import re
from dataclasses import dataclass

__all__ = ["WAYS", "Words", "read_words"]

WAYS = ("edited", "followup", "reply", "plain")
WORD = re.compile(r"#([a-z-]+)(?:=([0-9]+(?:\.[0-9]+)?))?")
MOST_SLOW_S = 86_400.0


@dataclass(frozen=True)
class Words:
    """The magic words of one prompt."""

    all: frozenset[str] = frozenset()
    slow_s: float | None = None

    def has(self, word: str) -> bool:
        """Tell whether the prompt holds `#word`."""
        return word in self.all

    def way(self, default: str) -> str:
        """Return how the completion is to arrive."""
        return next((way for way in WAYS if way in self.all), default)


def read_words(prompt: str) -> Words:
    """Find the magic words in a prompt."""
    found = WORD.findall(prompt)
    slow = next((float(value) for word, value in found if word == "slow" and value), None)
    return Words(frozenset(word for word, _ in found), min(slow, MOST_SLOW_S) if slow is not None else None)
