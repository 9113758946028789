"""Message components as trees (Discord's docs, "Components"): walked, numbered, searched and checked."""

from collections.abc import Iterator, Sequence
from typing import Any

from bridge.sandbox.errors import form_error
from bridge.sandbox.wire import Json

__all__ = ["ACTION_ROW", "TEXT_INPUT", "find_component", "settle", "walk"]

ACTION_ROW, BUTTON, TEXT_INPUT = 1, 2, 4
CHILDREN = ("components", "component", "accessory")
MOST_IN_ROW = 5


def walk(components: Sequence[Any]) -> Iterator[Json]:
    """Yield every component of a tree, outer ones first."""
    for each in components:
        if isinstance(each, dict):
            yield each
            for name in CHILDREN:
                inner = each.get(name)
                yield from walk(inner if isinstance(inner, list) else [inner])


def find_component(components: Sequence[Any], custom_id: object) -> Json | None:
    """Return the component with that custom id."""
    return next((each for each in walk(components) if each.get("custom_id") == custom_id), None)


def settle(components: object) -> tuple[Json, ...]:
    """Return components as Discord keeps them: without nulls, each with an integer `id`."""
    if components is None:
        return ()
    if not isinstance(components, list):
        raise form_error(["components"], "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    kept = [_without_nulls(each) for each in components if isinstance(each, dict)]
    _check(kept)
    for number, each in enumerate(walk(kept), start=1):
        each.setdefault("id", number)
    return tuple(kept)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _check(components: list[Json]) -> None:
    seen: set[object] = set()
    for each in walk(components):
        row = each.get("components", [])
        if each.get("type") == ACTION_ROW and not 1 <= len(row) <= MOST_IN_ROW:
            raise form_error(["components"], "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
        custom_id = str(each["custom_id"]) if "custom_id" in each else None
        if custom_id is not None and custom_id in seen:
            raise form_error(
                ["components"], "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
            )
        seen.add(custom_id)
