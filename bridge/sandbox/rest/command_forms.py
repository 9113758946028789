"""Definitions of commands, checked as Discord checks them ("Application Command Structure")."""

import re
from collections.abc import Sequence
from typing import Any

from bridge.sandbox.errors import ApiError, form_error, form_errors
from bridge.sandbox.wire import Json

__all__ = ["LOCALIZATIONS", "read_changes", "read_command", "read_commands"]

Path = list[str | int]
LOCALIZATIONS = ("name_localizations", "description_localizations")
CHAT_INPUT, MOST_COMMANDS, MOST_OPTIONS, MOST_DESCRIPTION, MOST_NAME = 1, 100, 25, 100, 32
SUB_COMMAND, SUB_COMMAND_GROUP = 1, 2
NAME = re.compile(r"[-_'\w]{1,32}")
KINDS, OPTION_KINDS = (1, 2, 3, 4), tuple(range(1, 12))
SETTABLE = (
    *LOCALIZATIONS,
    "default_member_permissions",
    "dm_permission",
    "contexts",
    "integration_types",
    "nsfw",
    "handler",
)
USUAL: Json = {
    "name_localizations": None,
    "description_localizations": None,
    "default_member_permissions": None,
    "contexts": None,
    "integration_types": [0],
    "nsfw": False,
}
OPTION_FIELDS = (
    *LOCALIZATIONS,
    "choices",
    "channel_types",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
    "autocomplete",
)


def read_commands(body: object) -> list[Json]:
    """Return the commands of a PUT; no two of one type may share a name."""
    if not isinstance(body, list):
        raise form_error([], "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    if len(body) > MOST_COMMANDS:
        raise form_error([], "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_COMMANDS} or fewer in length.")
    forms = [read_command(each, [index]) for index, each in enumerate(body)]
    seen: set[tuple[int, str]] = set()
    for index, form in enumerate(forms):
        if (form["type"], form["name"]) in seen:
            message = "Application command names must be unique"
            raise form_error([index, "name"], "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        seen.add((form["type"], form["name"]))
    return forms


def read_command(given: Any, path: Path) -> Json:
    """Return one command with everything that was left out filled in."""
    if not isinstance(given, dict):
        raise form_error(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
    kind = CHAT_INPUT if given.get("type") is None else given["type"]
    _check_choice(kind, KINDS, [*path, "type"])
    _collect([(_check_name, given.get("name"), kind, [*path, "name"])], given, kind, path)
    said = {name: given[name] for name in SETTABLE if given.get(name) is not None}
    form = {**USUAL, **said, "type": kind, "name": given["name"], "description": given.get("description", "")}
    return {**form, "options": _options(given.get("options"), path)} if kind == CHAT_INPUT else form


def read_changes(old: Json, given: Json) -> Json:
    """Return what a PATCH changes."""
    whole = read_command({**old, **given, "type": old["type"]}, [])
    return {name: value for name, value in whole.items() if name in given}


def _collect(checks: Sequence[Any], given: Json, kind: int, path: Path) -> None:
    """Report everything that is wrong with name and description at once."""
    errors: list[ApiError] = []
    text = (_check_description, given.get("description"), kind, [*path, "description"])
    for check, value, each_kind, place in (*checks, text):
        try:
            check(value, place, each_kind)
        except ApiError as error:
            errors.append(error)
    if errors:
        raise form_errors(errors)


def _options(given: Any, path: Path) -> list[Json]:
    rows = given or []
    if not isinstance(rows, list):
        raise form_error([*path, "options"], "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    if len(rows) > MOST_OPTIONS:
        message = f"Must be {MOST_OPTIONS} or fewer in length."
        raise form_error([*path, "options"], "BASE_TYPE_MAX_LENGTH", message)
    options = [_option(each, [*path, "options", index]) for index, each in enumerate(rows)]
    _check_order(options, path)
    return options


def _option(given: Any, path: Path) -> Json:
    if not isinstance(given, dict):
        raise form_error(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
    _check_choice(given.get("type"), OPTION_KINDS, [*path, "type"])
    checks = [(_check_name, given.get("name"), CHAT_INPUT, [*path, "name"])]
    _collect(checks, given, CHAT_INPUT, path)
    option = {name: given[name] for name in ("type", "name", "description")}
    option.update({name: given[name] for name in OPTION_FIELDS if given.get(name) is not None})
    if given["type"] in (SUB_COMMAND, SUB_COMMAND_GROUP):
        return {**option, "options": _options(given.get("options"), path)}
    return {**option, "required": bool(given.get("required"))}


def _check_order(options: Sequence[Json], path: Path) -> None:
    may_still = True
    seen: set[str] = set()
    for index, option in enumerate(options):
        place = [*path, "options", index]
        if option["name"] in seen:
            message = "Option name already exists"
            raise form_error(place, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
        if option.get("required") and not may_still:
            message = "Required options must be placed before non-required options"
            raise form_error(place, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        seen.add(option["name"])
        may_still = bool(option.get("required"))


def _check_choice(value: object, allowed: Sequence[int], path: Path) -> None:
    if isinstance(value, bool) or value not in allowed:
        listed = ", ".join(map(str, allowed))
        raise form_error(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")


def _check_name(value: object, path: Path, kind: int) -> None:
    if value is None:
        raise form_error(path, "BASE_TYPE_REQUIRED", "This field is required")
    if not isinstance(value, str) or not 1 <= len(value) <= MOST_NAME:
        raise form_error(path, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MOST_NAME} in length.")
    if kind == CHAT_INPUT and (not NAME.fullmatch(value) or value != value.lower()):
        raise form_error(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_description(value: object, path: Path, kind: int) -> None:
    if kind == CHAT_INPUT and value is None:
        raise form_error(path, "BASE_TYPE_REQUIRED", "This field is required")
    if kind == CHAT_INPUT and not (isinstance(value, str) and 1 <= len(value) <= MOST_DESCRIPTION):
        raise form_error(path, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MOST_DESCRIPTION} in length.")
