"""How near two texts are that may be of one command: the one notion of it, for all who compare; pure.

A text is taken apart into fields by our names for them. What stands behind a key more than once, as when a
prompt holds the key itself, is kept as a line each: every text is taken apart by the same rule, ours too, so
that it need not be known which of them is the prompt's. What stands behind a key of our prompt can be
rewritten with it.

Texts are *the same* when nothing is different but what bots and Discord are known to change: letter case,
spaces, punctuation, quotes, dashes, links, mark-up, ways to write one character, characters that nobody sees.
They are *near* when the words of the one are left in the other, or most of them, or when an end was cut off.
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
"""How much at least must be left of a text for it to be near, in bytes: an article alone says nothing."""
LEAST_CUT: Final = 6
"""How many letters at least must be left of a text whose end was cut off within a word."""
FREE_WORDS: Final = 3
"""From so many words on, a field is a text of its own; a shorter one is chosen from a list, and stays."""

_LINK: Final = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_SIGNS: Final = re.compile(r"[\W_]+")
_WORD: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u2190-\u2bff\u2e80-\ua4cf\uf900-\ufaff\U0001f000-\U0003ffff]|[^\W_]+"
)
"""A word: where letters are written without spaces, and of pictures, each is one."""


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
    """Return the words of a text, as they are compared; one that comes again is another."""
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
    """Tell whether a text shows a prompt that has words."""
    return bool(plain(fields.get(PROMPT, "")))


def lines_of(parts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the fields of a text from what stands behind each key, in order; empty ones are left out."""
    found: dict[str, str] = {}
    for name, value in parts:
        if value:
            found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


def is_same(said: Fields, known: Iterable[Fields]) -> bool:
    """Tell whether a text repeats a command that is known by these: one of their prompts, and their fields.

    It may show less than they do, and fields that none of them has: bots also show what they have chosen.
    """
    texts = list(known)
    prompt = plain(said.get(PROMPT, ""))
    return any(prompt == plain(text.get(PROMPT, "")) for text in texts) and not contradicts(said, texts)


def contradicts(said: Fields, known: Iterable[Fields], in_prompt: Collection[str] = ()) -> bool:
    """Tell whether a text shows a field otherwise than all the texts by which a command is known.

    Those whose keys stand in the prompt itself may be rewritten with it: they are left out.
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
    """Tell whether a text can be this one with words changed, left out or added, or cut at an end."""
    return any(_are_alike(one, other) for one, other in _free_texts(said, known, in_prompt))


def is_cut_from(said: Fields, known: Fields, in_prompt: Collection[str] = ()) -> bool:
    """Tell whether a text, whole as it may look, can be the beginning or the end of this longer one."""
    texts = [(plain(one), plain(other)) for one, other in _free_texts(said, known, in_prompt)]
    return any(one and one != other and _is_end_of(one, other) for one, other in texts)


def has_left(said: Fields, known: Fields, in_prompt: Collection[str] = ()) -> bool:
    """Tell whether a text is what is left of this one, be it an article or the first letter.

    Words that this one does not have may be another's: they are never made up for by one that both have.
    """
    left = words(_free_text(said, in_prompt))
    is_left = bool(left) and left <= words(_free_text(known, in_prompt))
    return is_left or is_cut_from(said, known, in_prompt)


def _free_texts(said: Fields, known: Fields, in_prompt: Collection[str]) -> list[tuple[str, str]]:
    """Return what may have been rewritten of two texts, taken as short and as long as it may be.

    Fields with values from a list are not rewritten: where one differs, there is nothing to compare.
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
    """Return the prompt with what may belong to it, since its key stands there more than once."""
    return "\n".join(value for name, value in fields.items() if name == PROMPT or name in repeated)


def _repeated_keys(fields: Fields) -> frozenset[str]:
    return frozenset(name for name, value in fields.items() if name != PROMPT and "\n" in value)


def _folded(text: str) -> str:
    """Return text in one way of writing: no links, full letters, no case."""
    bare = without_links(text)
    if bare.isascii():
        return bare.casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bare).casefold())


def _is_kept(letter: str) -> bool:
    """Tell whether a character counts: a letter or a mark on it, a digit, or a picture."""
    kind = unicodedata.category(letter)
    return kind[0] in "LN" or kind == "So" or (kind in ("Mn", "Mc") and not _is_unseen(letter))


def _is_unseen(letter: str) -> bool:
    """Tell whether a mark only says how what stands before it is drawn."""
    return "\ufe00" <= letter <= "\ufe0f" or letter in "\u034f\u180b\u180c\u180d" or letter >= "\U000e0100"
