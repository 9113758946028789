"""The rows for `bot:` that make the bridge fit what the bot offers."""

from collections.abc import Mapping
from typing import Any

from bridge.doctor.comparing import Comparison, Fit
from bridge.offered import plain


def rows_for(comparison: Comparison, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rows, empty if nothing has to change; `kept` are those of commands that stay as they are."""
    changes = {fit.wanted.verb: change for fit in comparison.fits if (change := _change(fit))}
    rows: dict[str, Any] = {}
    if comparison.application_id is not None:
        rows["application_id"] = comparison.application_id
    if changes:
        rows["commands"] = _merged(kept, changes)
    return rows


def _change(fit: Fit) -> dict[str, Any]:
    change: dict[str, Any] = {}
    if not fit.command.is_named(fit.wanted.name):
        change["name"] = fit.command.name
    options = {
        field.name: option.name
        for field in fit.wanted.fields
        if (option := fit.options.get(field.name)) and plain(option.name) != plain(field.option)
    }
    return {**change, **({"options": options} if options else {})}


def _merged(kept: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rows with the changes, at every depth."""
    merged = dict(kept)
    for key, value in changes.items():
        before = merged.get(key)
        is_nested = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(dict(before or {}), value) if is_nested else value
    return merged
