"""What trees of components may look like (Discord's docs, "Component Reference")."""

from collections.abc import Callable, Mapping
from typing import Any

from bridge.sandbox.errors import form_error
from bridge.sandbox.wire import Json

__all__ = ["IS_COMPONENTS_V2", "MOST_ROWS", "check_message_tree", "check_modal_tree"]

Path = list[str | int]
IS_COMPONENTS_V2 = 1 << 15
ROW, BUTTON, STRING_SELECT, TEXT_INPUT, SELECTS = 1, 2, 3, 4, (3, 5, 6, 7, 8)
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 19, 21, 22, 23
LINK, PREMIUM = 5, 6
MOST_IN_ROW, MOST_ROWS, MOST_IN_MESSAGE, MOST_CUSTOM_ID = 5, 5, 40, 100

ALLOWED: Mapping[int, Mapping[str, tuple[int, ...]]] = {
    ROW: {"components": (BUTTON, *SELECTS, TEXT_INPUT)},
    SECTION: {"components": (TEXT,), "accessory": (BUTTON, THUMBNAIL)},
    CONTAINER: {"components": (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR)},
    LABEL: {"component": (TEXT_INPUT, *SELECTS, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX)},
}
NEEDED: Mapping[int, tuple[str, ...]] = {
    ROW: ("components",),
    BUTTON: ("style",),
    STRING_SELECT: ("custom_id", "options"),
    TEXT_INPUT: ("custom_id", "style"),
    SECTION: ("components", "accessory"),
    TEXT: ("content",),
    THUMBNAIL: ("media",),
    GALLERY: ("items",),
    FILE: ("file",),
    CONTAINER: ("components",),
    LABEL: ("label", "component"),
    **dict.fromkeys((5, 6, 7, 8, FILE_UPLOAD), ("custom_id",)),
}
LISTS = ("components", "items", "options")
V1_TOP, V2_TOP = (ROW,), (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER)
MODAL_TOP = (ROW, TEXT, LABEL)


def check_message_tree(components: Any, flags: int) -> None:
    """Refuse what a message must not have."""
    is_v2 = bool(flags & IS_COMPONENTS_V2)
    most = MOST_IN_MESSAGE if is_v2 else MOST_ROWS
    _check_tree(components, V2_TOP if is_v2 else V1_TOP, most)


def check_modal_tree(components: Any) -> None:
    """Refuse what a modal must not have; it has at least one component."""
    if not components:
        raise form_error(["components"], "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    _check_tree(components, MODAL_TOP, MOST_ROWS)


def _check_tree(components: Any, allowed: tuple[int, ...], most: int) -> None:
    seen: set[object] = set()
    path: Path = ["components"]
    _check_list(components, path)
    if len(components) > most:
        raise form_error(path, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {most} in length.")
    for index, each in enumerate(components):
        _check_one(each, allowed, [*path, index], seen)


def _check_one(component: Any, allowed: tuple[int, ...], path: Path, seen: set[object]) -> None:
    if not isinstance(component, dict):
        raise form_error(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
    kind = component.get("type")
    if isinstance(kind, bool) or kind not in allowed:
        listed = ", ".join(map(str, allowed))
        raise form_error([*path, "type"], "UNION_TYPE_CHOICES", f"Value of field must be one of ({listed}).")
    for name in NEEDED.get(kind, ()):
        if name not in component:
            raise form_error([*path, name], "BASE_TYPE_REQUIRED", "This field is required")
    for name in LISTS:
        if name in component:
            _check_list(component[name], [*path, name])
    _check_custom_id(component, path, seen)
    MORE.get(kind, _accept)(component, path)
    _check_children(component, kind, path, seen)


def _check_children(component: Json, kind: int, path: Path, seen: set[object]) -> None:
    for name, allowed in ALLOWED.get(kind, {}).items():
        inner = component.get(name)
        if isinstance(inner, list):
            for index, each in enumerate(inner):
                _check_one(each, allowed, [*path, name, index], seen)
        elif inner is not None:
            _check_one(inner, allowed, [*path, name], seen)


def _check_list(value: Any, path: Path) -> None:
    if not isinstance(value, list):
        raise form_error(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")


def _check_custom_id(component: Json, path: Path, seen: set[object]) -> None:
    if "custom_id" not in component:
        return
    custom_id = component["custom_id"]
    if not isinstance(custom_id, str) or not 1 <= len(custom_id) <= MOST_CUSTOM_ID:
        message = f"Must be between 1 and {MOST_CUSTOM_ID} in length."
        raise form_error([*path, "custom_id"], "BASE_TYPE_BAD_LENGTH", message)
    if custom_id in seen:
        message = "Component custom id cannot be duplicated"
        raise form_error([*path, "custom_id"], "COMPONENT_CUSTOM_ID_DUPLICATED", message)
    seen.add(custom_id)


def _check_row(row: Json, path: Path) -> None:
    inner = row["components"]
    is_single = any(isinstance(each, dict) and each.get("type") != BUTTON for each in inner)
    most = 1 if is_single else MOST_IN_ROW
    if not 1 <= len(inner) <= most:
        message = f"Must be between 1 and {most} in length."
        raise form_error([*path, "components"], "BASE_TYPE_BAD_LENGTH", message)


def _check_button(button: Json, path: Path) -> None:
    needed = {LINK: "url", PREMIUM: "sku_id"}.get(button["style"], "custom_id")
    if needed not in button:
        raise form_error([*path, needed], "BASE_TYPE_REQUIRED", "This field is required")


def _accept(_component: Json, _path: Path) -> None:
    """Ask for nothing more."""


MORE: Mapping[object, Callable[[Json, Path], None]] = {ROW: _check_row, BUTTON: _check_button}
