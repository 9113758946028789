"""The options of a slash command, checked as Discord checks them before any bot hears of the command."""

from collections.abc import Callable, Mapping
from typing import Any

from bridge.sandbox.errors import ApiError, form_error
from bridge.sandbox.wire import Json, as_snowflake
from bridge.sandbox.world.commands import ATTACHMENT, INTEGER, STRING

__all__ = ["check_options", "stale_version"]

Path = list[str | int]


def check_options(command: Json, data: Json) -> list[Json]:
    """Return the options as sent; refuse unknown, double, missing, mistyped and forbidden ones."""
    given = data.get("options") or []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise form_error(["data", "options"], "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    defined = {each["name"]: each for each in command["options"]}
    seen: set[object] = set()
    for index, option in enumerate(given):
        _check_option(defined, seen, option, ["data", "options", index])
        seen.add(option["name"])
    for name, definition in defined.items():
        if definition["required"] and name not in seen:
            raise form_error(["data", "options", name], "BASE_TYPE_REQUIRED", "This field is required")
    return given


def _check_option(defined: Mapping[Any, Json], seen: set[object], option: Json, path: Path) -> None:
    name = option.get("name")
    definition = defined.get(name) if isinstance(name, str) else None
    if definition is None:
        raise form_error([*path, "name"], "APPLICATION_COMMAND_OPTION_NAME_INVALID", "Unknown option")
    if definition["name"] in seen:
        raise form_error(
            [*path, "name"], "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option is given twice"
        )
    if option.get("type") != definition["type"]:
        raise form_error(
            [*path, "type"], "BASE_TYPE_CHOICES", f"Value must be one of {{{definition['type']}}}."
        )
    CHECKS[definition["type"]](definition, option.get("value"), [*path, "value"])


def _check_text(definition: Json, value: Any, path: Path) -> None:
    if not isinstance(value, str):
        raise form_error(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    if not value and definition["required"]:
        raise form_error(path, "BASE_TYPE_REQUIRED", "This field is required")
    most = definition.get("max_length", 6000)
    if len(value) > most:
        raise form_error(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    choices = [each["value"] for each in definition.get("choices", [])]
    if choices and value not in choices:
        raise form_error(
            path, "BASE_TYPE_CHOICES", f"Value must be one of {{{', '.join(map(repr, choices))}}}."
        )


def _check_number(definition: Json, value: Any, path: Path) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise form_error(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
    least, most = definition["min_value"], definition["max_value"]
    if value < least:
        raise form_error(path, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
    if value > most:
        raise form_error(path, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")


def _check_file(_definition: Json, value: Any, path: Path) -> None:
    if as_snowflake(value) is None:
        raise form_error(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


CHECKS: Mapping[int, Callable[[Json, Any, Path], None]] = {
    STRING: _check_text,
    INTEGER: _check_number,
    ATTACHMENT: _check_file,
}


def stale_version() -> ApiError:
    """Return the refusal of a command whose version is not the present one."""
    message = "This command is outdated, please try again in a few minutes"
    return form_error(["data"], "INTERACTION_APPLICATION_COMMAND_INVALID_VERSION", message)
