"""A submitted modal: what was typed and chosen, checked against what was asked and laid out the same way."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridge.sandbox.components import TEXT_INPUT, walk
from bridge.sandbox.errors import form_error
from bridge.sandbox.rest.resolving import Resolver
from bridge.sandbox.wire import Json

__all__ = ["fill_in"]

STRING_SELECT, LONGEST = 3, 4000
ANSWERS = ("value", "values")


def fill_in(asked: Sequence[Json], given: object, resolver: Resolver) -> list[Json]:
    """Return the components as the bot hears them, rows and labels alike."""
    said = {str(each["custom_id"]): each for each in _named(given)}
    for each in walk(asked):
        if "custom_id" in each:
            _check(each, said.get(each["custom_id"], {}))
    return [_filled(each, said, resolver) for each in asked]


def _named(given: object) -> Iterator[Json]:
    rows = given if isinstance(given, list) else []
    return (each for each in walk(rows) if "custom_id" in each)


def _filled(asked: Json, said: Mapping[str, Json], resolver: Resolver) -> Json:
    kept: Json = {key: asked[key] for key in ("type", "id", "custom_id") if key in asked}
    if "components" in asked:
        kept["components"] = [_filled(each, said, resolver) for each in asked["components"]]
    if "component" in asked:
        kept["component"] = _filled(asked["component"], said, resolver)
    answer = said.get(asked.get("custom_id", ""), {})
    kept.update({name: answer[name] for name in ANSWERS if name in answer})
    if asked["type"] == TEXT_INPUT:
        kept.setdefault("value", "")
    if isinstance(kept.get("values"), list):
        kept["values"] = resolver.selected(asked["type"], kept["values"], ["data", "components"])
    return kept


def _check(asked: Json, answer: Json) -> None:
    path = ["data", "components", asked["custom_id"]]
    if asked["type"] == TEXT_INPUT:
        _check_text(asked, answer.get("value", ""), path)
    elif asked["type"] == STRING_SELECT:
        _check_choices(asked, answer.get("values") or [], path)


def _check_text(asked: Json, value: Any, path: list[str | int]) -> None:
    if not isinstance(value, str):
        raise form_error(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    if not value and asked.get("required", True):
        raise form_error(path, "BASE_TYPE_REQUIRED", "This field is required")
    most = asked.get("max_length", LONGEST)
    if len(value) > most:
        raise form_error(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")


def _check_choices(asked: Json, values: Any, path: list[str | int]) -> None:
    allowed = [each.get("value") for each in asked.get("options", [])]
    if not isinstance(values, list) or any(each not in allowed for each in values):
        raise form_error(
            path, "BASE_TYPE_CHOICES", f"Value must be one of {{{', '.join(map(repr, allowed))}}}."
        )
    if not values and asked.get("required", True):
        raise form_error(path, "BASE_TYPE_REQUIRED", "This field is required")
