"""Magic words: what a prompt can ask of the simulator, like the test cards of a payment provider.

Most are played by the bot. `#throttled`, `#fail`, `#silent` and `#early` are played by Discord itself, since
a bot cannot do them. Words combine; they count in a modal's prompt too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["MEANINGS", "WAYS", "Words", "read_words"]

WAYS = ("edited", "followup", "reply", "plain")
MEANINGS: Mapping[str, str] = {
    "edited": "the completion is an edit of the first message",
    "followup": "the completion is a follow-up through the webhook of the interaction",
    "reply": "the completion is a reply to the first message",
    "plain": "the completion is a message that has nothing in common with the command but its text",
    "moderated": "the bot refuses at once, as its first answer",
    "moderated-late": "the bot refuses in place of the completion",
    "ephemeral": "the refusal is ephemeral; alone it refuses at once",
    "silent": "after INTERACTION_CREATE nothing is ever heard: no success, no failure, no message",
    "slow": "`#slow=30`: the video takes 30 seconds",
    "fail": "INTERACTION_FAILURE at once",
    "throttled": "Discord answers 429 and runs nothing",
    "twice": "each message is posted again as a plain one, with a new id and the same files",
    "early": "the completion comes before the answer to the request and before the start message",
    "components": "the completion is a message of Components V2: its text and its files are in components",
    "more-buttons": "the completion also has a button Extend, a menu Style, and what nobody can press",
    "credits": "the completion says how many credits are left",
    "no-credits": "the bot refuses at once because the account is out of credits",
    "rewritten": "the bot echoes the prompt changed, the same way each time",
}
WORD = re.compile(r"#([a-z-]+)(?:=([0-9]+(?:\.[0-9]+)?))?")
MOST_SLOW_S = 86_400.0


@dataclass(frozen=True)
class Words:
    """The magic words of one prompt."""

    found: frozenset[str] = frozenset()
    slow_s: float | None = None

    def has(self, word: str) -> bool:
        """Tell whether the prompt holds `#word`."""
        return word in self.found

    def way(self, default: str) -> str:
        """Return how the completion is to arrive."""
        return next((way for way in WAYS if way in self.found), default)


def read_words(prompt: str) -> Words:
    """Find the magic words in a prompt; others mean nothing."""
    found = [(word, value) for word, value in WORD.findall(prompt) if word in MEANINGS]
    slow = next((float(value) for word, value in found if word == "slow" and value), None)
    return Words(frozenset(word for word, _ in found), None if slow is None else min(slow, MOST_SLOW_S))
