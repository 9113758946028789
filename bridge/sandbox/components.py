"""Message components as trees (Discord's docs, "Components"): walked, completed, numbered and searched."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridge.sandbox.component_rules import check_message_tree, check_modal_tree
from bridge.sandbox.wire import Json

__all__ = ["ACTION_ROW", "TEXT_INPUT", "find_component", "settle", "settle_modal", "walk"]

ACTION_ROW, BUTTON, TEXT_INPUT = 1, 2, 4
STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 3, 5, 6, 7, 8
THUMBNAIL, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 11, 12, 13, 14, 17, 18
CHILDREN = ("components", "component", "accessory")
PICTURE: Json = {"description": None, "spoiler": False}
CHOICE: Json = {"min_values": 1, "max_values": 1}
USUAL: Mapping[object, Json] = {
    **dict.fromkeys((STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT), CHOICE),
    THUMBNAIL: PICTURE,
    FILE: {"spoiler": False},
    SEPARATOR: {"divider": True, "spacing": 1},
    CONTAINER: {"accent_color": None, "spoiler": False},
}


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


def settle(components: object, flags: int = 0) -> tuple[Json, ...]:
    """Return the components of a message as Discord keeps them: completed, each with an integer `id`."""
    if components is None:
        return ()
    kept = _without_nulls(components)
    check_message_tree(kept, flags)
    return _completed(kept)


def settle_modal(components: object) -> tuple[Json, ...]:
    """Return the components of a modal as Discord keeps them."""
    kept = _without_nulls(components)
    check_modal_tree(kept)
    return _completed(kept)


def _completed(components: list[Json]) -> tuple[Json, ...]:
    whole = list(walk(components))
    taken = {each["id"] for each in whole if each.get("id")}
    free = (number for number in range(1, len(whole) + len(taken) + 1) if number not in taken)
    for each in whole:
        for name, value in USUAL.get(each["type"], {}).items():
            each.setdefault(name, value)
        if each["type"] == MEDIA_GALLERY:
            each["items"] = [{**PICTURE, **item} for item in each["items"]]
        each["id"] = each.get("id") or next(free)
    return tuple(components)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value
