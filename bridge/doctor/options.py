"""Compares the options of one of the bot's commands with the fields that are sent in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.accounts import remedies
from bridge.doctor.finding import Finding, error, note, warning
from bridge.doctor.pairing import KINDS, nearest
from bridge.doctor.wanted import Kind, WantedChoice, WantedCommand, WantedField
from bridge.offered import (
    ATTACHMENT,
    BOOLEAN,
    INTEGER,
    NUMBER,
    STRING,
    OfferedChoice,
    OfferedCommand,
    OfferedOption,
    plain,
)

LEAVE_OUT: Final = "Leave the field out of your requests."
MOST_NAMED: Final = 30
TYPES: Final[Mapping[int, str]] = {
    1: "a subcommand",
    2: "a group of subcommands",
    STRING: "text",
    INTEGER: "a whole number",
    BOOLEAN: "yes or no",
    6: "a user",
    7: "a channel",
    8: "a role",
    9: "a user or role",
    NUMBER: "a number",
    ATTACHMENT: "a file",
}
CONVERTED: Final[Mapping[Kind, tuple[int, ...]]] = {
    Kind.TEXT: (STRING,),
    Kind.WHOLE: (INTEGER, NUMBER, STRING),
    Kind.NUMBER: (NUMBER, STRING),
    Kind.SWITCH: (BOOLEAN, STRING),
    Kind.FILE: (ATTACHMENT,),
}
"""The types of options for which the bridge converts a field's value."""
SENT: Final = frozenset(kind for kinds in CONVERTED.values() for kind in kinds)
"""The types of options that can be sent."""
NO_VALUE: Final = "The bridge has no field for such a value: submit another command."
YES_NO: Final = frozenset({"yes", "no"})


def findings_of_options(
    wanted: WantedCommand, command: OfferedCommand, options: Mapping[str, OfferedOption]
) -> Iterator[Finding]:
    """Yield what differs; `options` are the command's by field, those with other names included."""
    for field in wanted.fields:
        option = options.get(field.name)
        if option is None:
            yield _missing(wanted, field)
            continue
        if plain(option.name) != plain(field.option):
            found = f"the option {field.option} seems to be called {option.name} now"
            yield _as_bad_as(field, wanted.verb, "option_renamed", found, remedies.ROWS)
        yield from _differences(wanted.verb, field, option)
    used = {each.name for each in options.values()}
    for option in command.options:
        if option.name not in used and not option.is_nested:
            yield _unsent(wanted.verb, option)


def _missing(wanted: WantedCommand, field: WantedField) -> Finding:
    found = f"/{wanted.name} has no option {field.option}: jobs with {field.name} cannot be sent"
    return _as_bad_as(field, wanted.verb, "option_missing", found, LEAVE_OUT)


def _unsent(verb: str, option: OfferedOption) -> Finding:
    if option.is_required:
        found = f"the bot requires the new option {option.name}, which is {_type(option)}"
        remedy = remedies.ROWS if option.kind in SENT else NO_VALUE
        return error(verb, "option_required", found, remedy)
    return note(verb, "option_unused", f"the bot also takes the option {option.name}")


def _differences(verb: str, field: WantedField, option: OfferedOption) -> Iterator[Finding]:
    if not _is_sent_as(field, option):
        found = f"{field.name} is {_type(option)} at the bot now, not {_wanted_type(field)}"
        yield _as_bad_as(field, verb, "option_type", found, LEAVE_OUT)
        return
    if option.kind != KINDS[field.kind] and not _is_switch(field, option):
        found = f"{field.name} is {_type(option)} at the bot now: the bridge converts it"
        yield warning(verb, "option_type", found)
    if option.is_required and not field.is_required:
        yield warning(verb, "option_required", f"the bot requires {field.name} now", remedies.ROWS)
    yield from _choices(verb, field, option)
    if not option.choices:
        yield from _limits(verb, field, option)


def _is_sent_as(field: WantedField, option: OfferedOption) -> bool:
    return option.kind in CONVERTED[field.kind] or _is_switch(field, option)


def _is_switch(field: WantedField, option: OfferedOption) -> bool:
    """Return whether a choice of Yes and No is sent as the truth value that it is."""
    return option.kind == BOOLEAN and {each.sent.casefold() for each in field.choices} == YES_NO


def _choices(verb: str, field: WantedField, option: OfferedOption) -> Iterator[Finding]:
    if not option.choices:
        return
    gone = [each.value for each in choices_gone(field, option)]
    new = [each.shown for each in new_choices(field, option)]
    if gone and len(gone) == len(field.choices):
        found = f"the bot takes none of the values of {field.name} any more, but {_listed(new)}"
        yield _as_bad_as(field, verb, "choice_missing", found, remedies.ROWS)
    elif gone:
        near = {each: nearest(each, new) for each in gone}
        hints = "".join(f"; {each} may be {other} now" for each, other in near.items() if other)
        found = f"the bot does not take {_listed(gone)} as {field.name} any more{hints}"
        yield warning(verb, "choice_missing", found, remedies.ROWS)
    if new and not field.choices:
        found = f"the bot takes only {_listed(new)} as {field.name} now"
        yield _as_bad_as(field, verb, "choice_limited", found, remedies.ROWS)
    elif new and len(gone) < len(field.choices):
        yield warning(verb, "choice_new", f"the bot also takes {_listed(new)} as {field.name}", remedies.ROWS)


def choices_gone(field: WantedField, option: OfferedOption) -> list[WantedChoice]:
    """Return the values that the bot does not take any more."""
    return [each for each in field.choices if not any(one.is_called(each.sent) for one in option.choices)]


def new_choices(field: WantedField, option: OfferedOption) -> list[OfferedChoice]:
    """Return the values of the bot that the API does not take."""
    return [one for one in option.choices if not any(one.is_called(each.sent) for each in field.choices)]


def _limits(verb: str, field: WantedField, option: OfferedOption) -> Iterator[Finding]:
    if field.choices:
        if option.kind == STRING:
            yield note(verb, "choice_open", f"the bot takes any text as {field.name} now")
        return
    bounds = bounds_of(field, option)
    narrower = [each.told for each in bounds if each.is_narrower]
    if narrower:
        found = f"the bot takes {field.name} of {' and '.join(narrower)} only"
        yield warning(verb, "limit_narrower", found, remedies.ROWS)
    wider = [each.told for each in bounds if each.is_wider]
    if wider:
        yield note(verb, "limit_wider", f"the bot takes {field.name} of {' and '.join(wider)} now")


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit of the bot, and ours; `sign` is 1 for the greatest value and -1 for the least."""

    theirs: float
    ours: float | None
    sign: int
    unit: str

    @property
    def is_narrower(self) -> bool:
        """Return whether the bot takes less than the API."""
        return self.ours is None or self.theirs * self.sign < self.ours * self.sign

    @property
    def is_wider(self) -> bool:
        """Return whether the bot takes more than the API."""
        return self.ours is not None and self.theirs * self.sign > self.ours * self.sign

    @property
    def told(self) -> str:
        """Return it in words."""
        return f"{'at most' if self.sign > 0 else 'at least'} {_plain_number(self.theirs)}{self.unit}"


def bounds_of(field: WantedField, option: OfferedOption) -> list[Bound]:
    """Return the limits of the bot: of the length of a text, or of the value of a number."""
    least: float | None
    most: float | None
    if field.kind is Kind.TEXT:
        shortest = option.shortest if (option.shortest or 0) > 1 else None
        least, most, unit = shortest, option.longest, " characters"
    elif field.kind in (Kind.WHOLE, Kind.NUMBER) and option.kind in (INTEGER, NUMBER):
        least, most, unit = option.least, option.most, ""
    else:
        return []
    found = []
    if least is not None:
        found.append(Bound(least, field.least, -1, unit))
    if most is not None:
        found.append(Bound(most, field.most, 1, unit))
    return found


def _plain_number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _as_bad_as(field: WantedField, verb: str, code: str, found: str, remedy: str) -> Finding:
    """Return an error if every job has the field, and otherwise a warning."""
    return (error if field.is_required else warning)(verb, code, found, remedy)


def _type(option: OfferedOption) -> str:
    return TYPES.get(option.kind or 0, f"of an unknown type ({option.kind})")


def _wanted_type(field: WantedField) -> str:
    return TYPES[KINDS[field.kind]]


def _listed(values: list[str]) -> str:
    more = f" and {len(values) - MOST_NAMED} more" if len(values) > MOST_NAMED else ""
    return ", ".join(values[:MOST_NAMED]) + more
