"""How similar two texts are that may repeat one command; pure. All comparisons use this module.

A text is parsed into fields by the API's names. If a key occurs more than once, for example because the
prompt contains it, the values are separate lines: every text is parsed by the same rule, also the command's
own, so it does not matter which occurrence is the prompt's. A value after a key in the prompt may be
rewritten with the prompt.

Texts are *the same* if they differ only in what bots and Discord are known to change: letter case, spaces,
punctuation, quotes, dashes, links, mark-up, equivalent characters, invisible characters. They are *near* if
all or most words of one are in the other, or if one was cut off at an end.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Final

PROMPT: Final = "prompt"
Fields = Mapping[str, str]

LEAST_SHARED: Final = 3
"""The minimum length of a text to count as near, in bytes: an article alone means nothing."""
LEAST_CUT: Final = 6
"""The minimum number of letters of a text that was cut off within a word."""
FREE_WORDS: Final = 3
"""A field with at least this many words is free text; a shorter one is a choice and is not rewritten."""

_LINK: Final = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_SIGNS: Final = re.compile(r"[\W_]+")
_WORD: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u2190-\u2bff\u2e80-\ua4cf\uf900-\ufaff\U0001f000-\U0003ffff]|[^\W_]+"
)
"""A word; in scripts without spaces, and for emoji, each character is one."""


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """Return what texts that are the same have in common: letters, digits and pictures, without spaces.

    It is for comparing only. `pixverse.echo.normalised` is what is kept of a text, and leaves its words.
    """
    folded = _folded(text)
    if folded.isascii():
        return _SIGNS.sub("", folded)
    return "".join(letter for letter in folded if _is_kept(letter))


@lru_cache(maxsize=4_096)
def words(text: str) -> frozenset[str]:
    """Return the words of a text for comparison; a repeated word counts as another one."""
    found: Counter[str] = Counter()
    told = []
    for word in _WORD.findall(_folded(text)):
        found[word] += 1
        told.append(word if found[word] == 1 else f"{word} {found[word]}")
    return frozenset(told)


def without_links(text: str) -> str:
    """Return a text in which a link of Markdown is what it shows."""
    return _LINK.sub(r"\1", text)


def all_words(fields: Fields) -> frozenset[str]:
    """Return the words of all fields."""
    return frozenset().union(*(words(value) for value in fields.values()))


def has_prompt(fields: Fields) -> bool:
    """Return whether a text contains a prompt with words."""
    return bool(plain(fields.get(PROMPT, "")))


def lines_of(parts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the fields of a text from its (key, value) parts, in order, without empty ones."""
    found: dict[str, str] = {}
    for name, value in parts:
        if value:
            found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


def is_same(said: Fields, known: Iterable[Fields]) -> bool:
    """Return whether a text repeats a command with these known texts: one of their prompts, and their fields.

    It may have fewer fields, and fields that none of them has: bots also show values that they chose.
    """
    texts = list(known)
    prompt = plain(said.get(PROMPT, ""))
    return any(prompt == plain(text.get(PROMPT, "")) for text in texts) and not contradicts(said, texts)


def contradicts(said: Fields, known: Iterable[Fields], in_prompt: Collection[str] = ()) -> bool:
    """Return whether a field of a text has another value than in all known texts of a command.

    Fields whose keys are in the prompt are ignored: they may be rewritten with it.
    """
    texts, left_out = list(known), {PROMPT, *in_prompt}
    shown = (
        (name, line) for name, value in said.items() if name not in left_out for line in value.splitlines()
    )
    for name, line in shown:
        values = {plain(each) for text in texts for each in text.get(name, "").splitlines()}
        if values and plain(line) not in values:
            return True
    return False


def is_near(said: Fields, known: Fields, in_prompt: Collection[str] = ()) -> bool:
    """Return whether a text may be this one with words changed, removed or added, or cut off at an end."""
    return any(_are_alike(one, other) for one, other in _free_texts(said, known, in_prompt))


def is_cut_from(said: Fields, known: Fields, in_prompt: Collection[str] = ()) -> bool:
    """Return whether a text, even if it looks complete, may be the beginning or end of this longer one."""
    texts = [(plain(one), plain(other)) for one, other in _free_texts(said, known, in_prompt)]
    return any(one and one != other and _is_end_of(one, other) for one, other in texts)


def has_left(said: Fields, known: Fields, in_prompt: Collection[str] = ()) -> bool:
    """Return whether a text contains only words of this one, even if it is only one letter.

    A word that this text does not have always makes it False: it may belong to another command.
    """
    left = words(_free_text(said, in_prompt))
    is_left = bool(left) and left <= words(_free_text(known, in_prompt))
    return is_left or is_cut_from(said, known, in_prompt)


def _free_texts(said: Fields, known: Fields, in_prompt: Collection[str]) -> list[tuple[str, str]]:
    """Return the parts of two texts that may have been rewritten, in their shortest and longest form.

    Choices are not rewritten: if one differs, there is nothing to compare.
    """
    keys = _repeated_keys(said) | _repeated_keys(known) | frozenset(in_prompt)
    chosen = (said.keys() & known.keys()) - keys - {PROMPT}
    if any(_is_other(said[name], known[name]) for name in chosen):
        return []
    return [(_free_text(said, those), _free_text(known, those)) for those in (frozenset(), keys)]


def _is_other(one: str, other: str) -> bool:
    is_free = min(len(words(one)), len(words(other))) >= FREE_WORDS
    return plain(one) != plain(other) and not (is_free and _are_alike(one, other))


def _are_alike(one: str, other: str) -> bool:
    ours, theirs = words(one), words(other)
    shared = ours & theirs
    if sum(len(word.encode()) for word in shared) >= LEAST_SHARED and (
        2 * len(shared) >= max(len(ours), len(theirs)) or shared in (ours, theirs)
    ):
        return True
    return _is_cut(plain(one), plain(other))


def _is_cut(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= LEAST_CUT and _is_end_of(shorter, longer)


def _is_end_of(shorter: str, longer: str) -> bool:
    return longer.startswith(shorter) or longer.endswith(shorter)


def _free_text(fields: Fields, repeated: Collection[str]) -> str:
    """Return the prompt with the values that may belong to it, because their keys occur more than once."""
    return "\n".join(value for name, value in fields.items() if name == PROMPT or name in repeated)


def _repeated_keys(fields: Fields) -> frozenset[str]:
    return frozenset(name for name, value in fields.items() if name != PROMPT and "\n" in value)


def _folded(text: str) -> str:
    """Return text in a canonical form: no links, normalised letters, lower case."""
    bare = without_links(text)
    if bare.isascii():
        return bare.casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bare).casefold())


def _is_kept(letter: str) -> bool:
    """Return whether a character counts: a letter or its mark, a digit, or an emoji."""
    kind = unicodedata.category(letter)
    return kind[0] in "LN" or kind == "So" or (kind in ("Mn", "Mc") and not _is_unseen(letter))


def _is_unseen(letter: str) -> bool:
    """Return whether a mark only selects how the previous character is drawn."""
    return "\ufe00" <= letter <= "\ufe0f" or letter in "\u034f\u180b\u180c\u180d" or letter >= "\U000e0100"
