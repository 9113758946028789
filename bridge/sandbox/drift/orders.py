"""Reads drifts: a list of objects, each with `drift` (its name) and the fields of its row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.sandbox.wire import Json

__all__ = ["FIELDS", "BadDrift", "Drift", "read_drifts"]

MOST = 100


class BadDrift(ValueError):
    """A drift that is not understood, in one sentence."""


@dataclass(frozen=True)
class Drift:
    """One drift as it was ordered."""

    name: str
    fields: Json


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "command": (_is_text, "the name of a command"),
    "option": (_is_text, "the name of an option"),
    "to": (_is_text, "a name"),
    "value": (lambda value: isinstance(value, str | int | float), "a text or a number"),
    "set": (lambda value: isinstance(value, dict), "an object with fields of Discord"),
    "options": (lambda value: isinstance(value, list), "a list of options as Discord has them"),
    "permission": (lambda value: value in PERMISSIONS, "one of the permissions of the documentation"),
    "locked": (lambda value: isinstance(value, bool), "true or false"),
    "bytes": (_is_whole, "a number of bytes"),
    "seconds": (_is_whole, "a number of seconds"),
}
PERMISSIONS: Mapping[str, int] = {
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "use_application_commands": 1 << 31,
}
COMMAND, OPTION = ("command",), ("command", "option")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "rename_command": (*COMMAND, "to"),
    "remove_command": COMMAND,
    "add_command": (*COMMAND, "options"),
    "change_command": (*COMMAND, "set"),
    "nest_command": (*COMMAND, "to"),
    "translate_command": (*COMMAND, "to"),
    "rename_option": (*OPTION, "to"),
    "remove_option": OPTION,
    "add_option": (*OPTION, "set"),
    "change_option": (*OPTION, "set"),
    "add_choice": (*OPTION, "value"),
    "remove_choice": (*OPTION, "value"),
    "rename_bot": ("to",),
    "remove_bot": (),
    "copy_command": COMMAND,
    "deny_permission": ("permission",),
    "forbid_command": COMMAND,
    "archive_thread": (),
    "lock_thread": (),
    "leave_thread": (),
    "leave_server": (),
    "time_out": ("seconds",),
    "ask_for_rules": (),
    "refuse_token": (),
    "limit_uploads": ("bytes",),
}
"""The fields of each drift; all of them are needed."""


def read_drifts(given: object) -> list[Drift]:
    """Return the drifts of a file or a request; raises `BadDrift`."""
    rows = given if isinstance(given, list) else [given]
    if len(rows) > MOST:
        raise BadDrift(f"at most {MOST} drifts are taken")
    return [_read(each, number) for number, each in enumerate(rows, 1)]


def _read(given: object, number: int) -> Drift:
    if not isinstance(given, dict):
        raise BadDrift(f"drift {number} is not an object")
    order = dict(given)
    name = order.pop("drift", None)
    fields = FIELDS.get(name) if isinstance(name, str) else None
    if fields is None or not isinstance(name, str):
        raise BadDrift(f"drift {number}: drift must be one of {', '.join(FIELDS)}")
    for field in fields:
        if field not in order:
            raise BadDrift(f"drift {number}: {field} is missing: it must be {CHECKS[field][1]}")
    for field, value in order.items():
        if field not in fields:
            raise BadDrift(f"drift {number}: {field} is not known here: {name} takes {', '.join(fields)}")
        fits, wanted = CHECKS[field]
        if not fits(value):
            raise BadDrift(f"drift {number}: {field} must be {wanted}")
    return Drift(name, order)
