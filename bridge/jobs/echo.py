"""What the bot repeats of a command in its texts: the words by which a job is recognised."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from bridge.jobs.nearness import (
    PROMPT,
    Fields,
    all_words,
    contradicts,
    has_left,
    has_prompt,
    is_cut_from,
    is_near,
    is_same,
)

MOST_HEARD: Final = 3


@dataclass(frozen=True, slots=True)
class Echo:
    """The fields of a command as its first text shows them, as its last one does, and as the bot puts them.

    The last text shows less than the first. `heard` are the words in which the bot has repeated the command,
    since bots rewrite prompts: a job is recognised by those and by its own. `in_prompt` names the fields
    whose keys are in the prompt itself.
    """

    at_start: Fields = field(default_factory=dict)
    at_end: Fields = field(default_factory=dict)
    heard: tuple[Fields, ...] = ()
    in_prompt: tuple[str, ...] = ()

    @property
    def prompt(self) -> str | None:
        """The prompt as the bot repeats it, else as it was given."""
        return next((text[PROMPT] for text in reversed(self._texts) if PROMPT in text), None)

    def fits(self, said: Fields) -> bool:
        """Return whether `said` repeats this command, in its own words or in the bot's."""
        return is_same(said, self._texts)

    def is_near(self, said: Fields) -> bool:
        """Return whether `said` may be this command in other words than known."""
        return any(is_near(said, text, self.in_prompt) for text in self._spoken)

    def says(self, said: Fields) -> bool:
        """Return whether `said` repeats this command in its own words."""
        return is_same(said, [self.at_start])

    def may_be_cut_to(self, said: Fields) -> bool:
        """Return whether `said` may be a truncated form of this command, even if it looks complete."""
        return any(is_cut_from(said, text, self.in_prompt) for text in self._spoken)

    def has_left(self, said: Fields) -> bool:
        """Return whether `said` contains some of this command's words, and no others."""
        return not self.contradicts(said) and any(
            has_left(said, text, self.in_prompt) for text in self._spoken
        )

    def contradicts(self, said: Fields) -> bool:
        """Return whether `said` has another value than this command in a field other than the prompt."""
        return contradicts(said, self._texts, self.in_prompt)

    def shared(self, said: Fields) -> frozenset[str]:
        """Return the words shared with `said`."""
        return all_words(said) & frozenset().union(*map(all_words, self._spoken))

    def looks_like(self, other: "Echo") -> bool:
        """Return whether a last message of one command could also be the other's."""
        return any(map(other.fits, self._ends())) or any(map(self.fits, other._ends()))

    def after(self, said: Fields) -> "Echo":
        """Return the echo after the bot has repeated the command as `said`."""
        is_without_prompt = has_prompt(self.at_start) and not has_prompt(said)
        if not said or is_without_prompt or self.fits(said):
            return self
        return replace(self, heard=(*self.heard, said)[-MOST_HEARD:])

    @property
    def _texts(self) -> tuple[Fields, ...]:
        return self.at_start, *self.heard

    @property
    def _spoken(self) -> tuple[Fields, ...]:
        """The texts that others are compared to: the bot's own, once there is one."""
        return self.heard or (self.at_start,)

    def _ends(self) -> Iterable[Fields]:
        yield self.at_end
        for said in self.heard:
            yield {name: value for name, value in said.items() if name == PROMPT or name in self.at_end}


@dataclass(frozen=True, slots=True)
class AnyWords(Echo):
    """The unknown words of a command: any text may contain them."""

    def fits(self, said: Fields) -> bool:  # noqa: ARG002
        """Return True: any text may repeat this command."""
        return True

    def is_near(self, said: Fields) -> bool:  # noqa: ARG002
        """Return True: any text may be this command in other words."""
        return True

    def may_be_cut_to(self, said: Fields) -> bool:  # noqa: ARG002
        """Return True: any text may be a truncated form of this command."""
        return True

    def has_left(self, said: Fields) -> bool:  # noqa: ARG002
        """Return True: any text may contain some of this command's words."""
        return True

    def shared(self, said: Fields) -> frozenset[str]:
        """Return all the words of a text."""
        return all_words(said)
