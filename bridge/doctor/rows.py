"""The rows for `bot:` that make the bridge fit the bot: only those that a configuration may have."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from bridge.doctor.comparing import Comparison, Fit
from bridge.doctor.new_verb import new_field
from bridge.doctor.options import SENT, bounds_of, choices_gone, new_choices
from bridge.doctor.wanted import Kind, WantedField
from bridge.offered import OfferedOption, plain

Rows: TypeAlias = dict[str, Any]
IsAllowed: TypeAlias = Callable[[Mapping[str, Any]], bool]
"""Whether a configuration may have these rows under `bot:`."""


def rows_for(comparison: Comparison, kept: Mapping[str, Any], is_allowed: IsAllowed) -> Rows:
    """Return the rows, empty if nothing has to change; `kept` are those of commands that stay as they are.

    A change that a configuration may not have is left out, such as a name that it does not take.
    """
    rows: Rows = {}
    if comparison.application_id is not None:
        rows["application_id"] = comparison.application_id
    for fit in comparison.fits:
        for change in _changes(fit):
            before = rows.get("commands", kept)
            wider = {**rows, "commands": _merged(before, {fit.wanted.verb: change})}
            rows = wider if is_allowed(wider) else rows
    return rows


def _changes(fit: Fit) -> Iterator[Rows]:
    """Yield the changes of a verb, each by itself."""
    if not fit.command.is_named(fit.wanted.name):
        yield {"name": fit.command.name}
    for field in fit.wanted.fields:
        option = fit.options.get(field.name)
        if option is None:
            continue
        if plain(option.name) != plain(field.option):
            yield {"options": {field.name: option.name}}
        if change := _of_field(field, option):
            yield {"fields": {field.name: change}}
    used = {each.name for each in fit.options.values()}
    for option in fit.command.options:
        if option.is_required and option.name not in used and option.kind in SENT:
            name, row = new_field(option)
            yield {"fields": {name: row}}


def _of_field(field: WantedField, option: OfferedOption) -> Rows:
    change: Rows = {}
    if option.is_required and not field.is_required:
        change["required"] = True
    if option.choices and field.kind is Kind.TEXT:
        change |= _choices(field, option)
    elif not field.choices:
        for bound in bounds_of(field, option):
            if bound.is_narrower:
                change["max" if bound.sign > 0 else "min"] = _number(bound.theirs)
    return change


def _choices(field: WantedField, option: OfferedOption) -> Rows:
    gone, new = choices_gone(field, option), new_choices(field, option)
    if not gone and not new:
        return {}
    kept = {each.value: each.sent for each in field.choices if each not in gone}
    sent = {**kept, **{each.shown: each.shown for each in new}}
    is_list = all(value == name for name, value in sent.items())
    choices = {"choices": list(sent) if is_list else sent}
    return choices if field.choices else {"type": "choice", **choices}


def _number(value: float) -> float:
    return int(value) if value == int(value) else value


def _merged(kept: Mapping[str, Any], changes: Mapping[str, Any]) -> Rows:
    """Return the rows with the changes, at every depth."""
    merged = dict(kept)
    for key, value in changes.items():
        before = merged.get(key)
        is_nested = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(dict(before or {}), value) if is_nested else value
    return merged
