"""The options of a slash command, checked as Discord checks them before any bot hears of the command."""

from collections.abc import Callable, Mapping
from typing import Any

from bridge.sandbox.errors import ApiError, form_error
from bridge.sandbox.wire import Json, as_snowflake

__all__ = ["check_options", "stale_version"]

Path = list[str | int]
SUB_COMMAND, SUB_COMMAND_GROUP, STRING, INTEGER, BOOLEAN = 1, 2, 3, 4, 5
USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = 6, 7, 8, 9, 10, 11
NESTING = (SUB_COMMAND, SUB_COMMAND_GROUP)


def check_options(command: Json, data: Json, path: Path | None = None) -> list[Json]:
    """Return the options as sent; refuse unknown, double, missing, mistyped and forbidden ones."""
    given = data.get("options") or []
    path = [*(path or ["data"]), "options"]
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise form_error(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    defined = {each["name"]: each for each in command.get("options", [])}
    seen: set[object] = set()
    for index, option in enumerate(given):
        _check_option(defined, seen, option, [*path, index])
        seen.add(option["name"])
    for name, definition in defined.items():
        if definition.get("required") and name not in seen:
            raise form_error([*path, name], "BASE_TYPE_REQUIRED", "This field is required")
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
    kind = definition["type"]
    if option.get("type") != kind:
        raise form_error([*path, "type"], "BASE_TYPE_CHOICES", f"Value must be one of {{{kind}}}.")
    if kind in NESTING:
        check_options(definition, option, path)
    else:
        _check_value(definition, option.get("value"), [*path, "value"])


def _check_value(definition: Json, value: Any, path: Path) -> None:
    CHECKS[definition["type"]](definition, value, path)
    choices = [each["value"] for each in definition.get("choices", [])]
    if choices and value not in choices:
        listed = ", ".join(map(repr, choices))
        raise form_error(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")


def _check_text(definition: Json, value: Any, path: Path) -> None:
    if not isinstance(value, str):
        raise form_error(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    if not value and definition.get("required"):
        raise form_error(path, "BASE_TYPE_REQUIRED", "This field is required")
    most, least = definition.get("max_length", 6000), definition.get("min_length", 0)
    if len(value) > most:
        raise form_error(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    if len(value) < least:
        raise form_error(path, "BASE_TYPE_MIN_LENGTH", f"Must be {least} or more in length.")


def _check_whole(definition: Json, value: Any, path: Path) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise form_error(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
    _check_range(definition, value, path, "int")


def _check_number(definition: Json, value: Any, path: Path) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise form_error(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not float.')
    _check_range(definition, value, path, "float")


def _check_range(definition: Json, value: float, path: Path, kind: str) -> None:
    least, most = definition.get("min_value"), definition.get("max_value")
    if least is not None and value < least:
        message = f"{kind} value should be greater than or equal to {least}."
        raise form_error(path, "NUMBER_TYPE_MIN", message)
    if most is not None and value > most:
        raise form_error(path, "NUMBER_TYPE_MAX", f"{kind} value should be less than or equal to {most}.")


def _check_truth(_definition: Json, value: Any, path: Path) -> None:
    if not isinstance(value, bool):
        raise form_error(path, "BOOLEAN_TYPE_CONVERT", f'Could not interpret "{value}" as boolean.')


def _check_id(_definition: Json, value: Any, path: Path) -> None:
    if as_snowflake(value) is None:
        raise form_error(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


CHECKS: Mapping[int, Callable[[Json, Any, Path], None]] = {
    STRING: _check_text,
    INTEGER: _check_whole,
    BOOLEAN: _check_truth,
    NUMBER: _check_number,
    **dict.fromkeys((USER, CHANNEL, ROLE, MENTIONABLE, ATTACHMENT), _check_id),
}


def stale_version() -> ApiError:
    """Return the refusal of a command whose version is not the present one."""
    message = "This command is outdated, please try again in a few minutes"
    return form_error(["data"], "INTERACTION_APPLICATION_COMMAND_INVALID_VERSION", message)
