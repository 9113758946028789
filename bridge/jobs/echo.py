"""What the bot repeats of a command in its texts: the words by which a job is known."""

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

    The last text shows less than the first. `heard` is what the bot has made of our words, since bots rewrite
    prompts: a job is known by those and by its own. `in_prompt` names the fields whose keys stand in
    the prompt itself.
    """

    at_start: Fields = field(default_factory=dict)
    at_end: Fields = field(default_factory=dict)
    heard: tuple[Fields, ...] = ()
    in_prompt: tuple[str, ...] = ()

    @property
    def prompt(self) -> str | None:
        """The prompt as the bot says it, or as it was given."""
        return next((text[PROMPT] for text in reversed(self._texts) if PROMPT in text), None)

    def fits(self, said: Fields) -> bool:
        """Tell whether a text that repeats `said` says this command, in our words or in the bot's."""
        return is_same(said, self._texts)

    def is_near(self, said: Fields) -> bool:
        """Tell whether `said` can be this command, put otherwise than the bot has put it, or than we have."""
        return any(is_near(said, text, self.in_prompt) for text in self._spoken)

    def says(self, said: Fields) -> bool:
        """Tell whether a text that repeats `said` says this command in our own words."""
        return is_same(said, [self.at_start])

    def may_be_cut_to(self, said: Fields) -> bool:
        """Tell whether `said`, though it may be another command whole, can be what is left of this one."""
        return any(is_cut_from(said, text, self.in_prompt) for text in self._spoken)

    def has_left(self, said: Fields) -> bool:
        """Tell whether anything of this command is left in `said`, and nothing in it is another's."""
        return not self.contradicts(said) and any(
            has_left(said, text, self.in_prompt) for text in self._spoken
        )

    def contradicts(self, said: Fields) -> bool:
        """Tell whether `said` shows a field otherwise than this command has it, whatever its prompt."""
        return contradicts(said, self._texts, self.in_prompt)

    def shared(self, said: Fields) -> frozenset[str]:
        """Return the words that `said` has too."""
        return all_words(said) & frozenset().union(*map(all_words, self._spoken))

    def looks_like(self, other: "Echo") -> bool:
        """Tell whether a last text of one of them says the other, too."""
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
        """The texts to which another is near: ours no longer, once the bot has told its own."""
        return self.heard or (self.at_start,)

    def _ends(self) -> Iterable[Fields]:
        yield self.at_end
        for said in self.heard:
            yield {name: value for name, value in said.items() if name == PROMPT or name in self.at_end}


@dataclass(frozen=True, slots=True)
class AnyWords(Echo):
    """The words of a command that are not known: every text may say them."""

    def fits(self, said: Fields) -> bool:  # noqa: ARG002
        """Tell that a text may say this command."""
        return True

    def is_near(self, said: Fields) -> bool:  # noqa: ARG002
        """Tell that a text may be this command, put otherwise."""
        return True

    def may_be_cut_to(self, said: Fields) -> bool:  # noqa: ARG002
        """Tell that a text may be what is left of this command."""
        return True

    def has_left(self, said: Fields) -> bool:  # noqa: ARG002
        """Tell that anything of this command may be left in a text."""
        return True

    def shared(self, said: Fields) -> frozenset[str]:
        """Return all the words of a text."""
        return all_words(said)
