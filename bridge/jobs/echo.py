"""What the bot repeats of a command in its texts, taken apart: all that text matching compares."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Echo:
    """The fields of a command as its first text shows them, and as its last one does, which shows less.

    Both are kept because a prompt may hold the very words that part the fields: what is then taken for a
    field is not the same in both texts, and no part of the one can be made from the other.
    """

    at_start: Mapping[str, str] = field(default_factory=dict)
    at_end: Mapping[str, str] = field(default_factory=dict)

    def fits(self, said: Mapping[str, str]) -> bool:
        """Tell whether a text that repeats `said` can be about this command; a last one shows no more."""
        is_last = said.keys() <= self.at_end.keys() and agree(self.at_end, said)
        return is_last or agree(self.at_start, said)

    def resembles(self, said: Mapping[str, str]) -> bool:
        """Tell whether `said` may be this command rewritten: at least half of the prompt is left."""
        ours, theirs = words(self.at_start), words(said)
        is_near = bool(ours) and 2 * len(ours & theirs) >= max(len(ours), len(theirs))
        return is_near and self.fits({**said, "prompt": self.at_start.get("prompt", "")})

    def shared(self, said: Mapping[str, str]) -> frozenset[str]:
        """Return the words of the prompt that `said` has too."""
        return words(self.at_start) & words(said)

    def after(self, said: "Echo") -> "Echo":
        """Return the echo after the bot's own words: they replace ours, since bots rewrite prompts."""
        if said.at_start.items() <= self.at_start.items():
            return self
        return Echo({**self.at_start, **said.at_start}, {**self.at_end, **said.at_end})


def words(fields: Mapping[str, str]) -> frozenset[str]:
    """Return the words of a prompt."""
    return frozenset(fields.get("prompt", "").split())


def agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Tell whether two sets of fields can be of one command: the prompts, and what both name, are equal."""
    return one.get("prompt") == other.get("prompt") and all(
        one[key] == other[key] for key in one.keys() & other
    )
