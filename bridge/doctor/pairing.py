"""Which of the bot's commands and options are meant although they have other names now."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import product
from typing import Final, TypeVar

from bridge.doctor.wanted import Kind, WantedCommand, WantedField
from bridge.offered import ATTACHMENT, BOOLEAN, INTEGER, NUMBER, STRING, OfferedCommand, OfferedOption, plain

LIKELY: Final = 0.6
SAME_OPTIONS: Final = 0.6
SOME_OPTIONS: Final = 0.3
LONGEST: Final = 32
MOST: Final = 200
"""How many commands of a bot are looked through: it has at most 100 everywhere, and 100 in one server."""
KINDS: Final[Mapping[Kind, int]] = {
    Kind.TEXT: STRING,
    Kind.WHOLE: INTEGER,
    Kind.NUMBER: NUMBER,
    Kind.SWITCH: BOOLEAN,
    Kind.FILE: ATTACHMENT,
}

Sought = TypeVar("Sought")
Offer = TypeVar("Offer")


def likeness(name: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1; one that contains the other's words is alike."""
    one, two = plain(name)[:LONGEST], plain(other)[:LONGEST]
    words, others = set(one.split("_")), set(two.split("_"))
    is_inside = words <= others or others <= words
    return max(SequenceMatcher(None, one, two).ratio(), 0.8 if is_inside else 0.0)


def renamed_commands(
    missing: Sequence[WantedCommand], free: Sequence[OfferedCommand]
) -> Mapping[str, OfferedCommand]:
    """Return the commands that stand for the missing ones, by verb; `free` are those that no verb has."""
    found = _paired(missing, free[:MOST], _likeness_of_commands)
    return {wanted.verb: offered for wanted, offered in found}


def renamed_options(
    missing: Sequence[WantedField], free: Sequence[OfferedOption]
) -> Mapping[str, OfferedOption]:
    """Return the options that stand for the missing ones, by field."""
    found = dict(_by_name(_paired(missing, free, _likeness_of_options)))
    taken = {plain(option.name) for option in found.values()}
    needed = [field for field in missing if field.is_required and field.name not in found]
    for field in needed:
        alike = [each for each in free if _may_be(field, each) and plain(each.name) not in taken]
        if len(alike) == 1 and sum(each.kind is field.kind for each in needed) == 1:
            found[field.name] = alike[0]
    return found


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that is most like another, None if none is."""
    best = max(names, key=lambda each: likeness(name, each), default=None)
    return best if best is not None and likeness(name, best) >= LIKELY else None


def _by_name(
    pairs: Iterable[tuple[WantedField, OfferedOption]],
) -> Iterable[tuple[str, OfferedOption]]:
    return ((field.name, option) for field, option in pairs)


def _paired(
    sought: Sequence[Sought], offers: Sequence[Offer], alike: Callable[[Sought, Offer], float]
) -> Iterable[tuple[Sought, Offer]]:
    """Pair the most alike first; each is in one pair at most."""
    likely = [
        (alike(sought[one], offers[two]), one, two)
        for one, two in product(range(len(sought)), range(len(offers)))
    ]
    seen_sought: set[int] = set()
    seen_offers: set[int] = set()
    pairs: list[tuple[Sought, Offer]] = []
    for how, one, two in sorted(likely, key=lambda each: (-each[0], each[1], each[2])):
        if how > 0 and one not in seen_sought and two not in seen_offers:
            seen_sought.add(one)
            seen_offers.add(two)
            pairs.append((sought[one], offers[two]))
    return pairs


def _likeness_of_commands(wanted: WantedCommand, offered: OfferedCommand) -> float:
    ours = {plain(field.option) for field in wanted.fields}
    theirs = {plain(option.name) for option in offered.options}
    shared = len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0
    name = max(likeness(wanted.name, offered.name), likeness(wanted.name, offered.shown))
    is_likely = shared >= SAME_OPTIONS or (name >= LIKELY and shared >= SOME_OPTIONS)
    return shared + name / 2 if is_likely else 0.0


def _likeness_of_options(wanted: WantedField, offered: OfferedOption) -> float:
    if _is_file(wanted) != (offered.kind == ATTACHMENT):
        return 0.0
    name = max(likeness(wanted.option, offered.name), likeness(wanted.name, offered.name))
    shared = [
        each for each in wanted.choices if any(choice.is_called(each.sent) for choice in offered.choices)
    ]
    choices = len(shared) / len(wanted.choices) if wanted.choices else 0.0
    return max(name, choices) if max(name, choices) >= LIKELY else 0.0


def _may_be(wanted: WantedField, offered: OfferedOption) -> bool:
    return (
        offered.is_required
        and offered.kind == KINDS[wanted.kind]
        and bool(offered.choices) == bool(wanted.choices)
    )


def _is_file(wanted: WantedField) -> bool:
    return wanted.kind is Kind.FILE
