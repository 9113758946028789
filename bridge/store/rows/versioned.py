"""Values stored as JSON: each has its version first, and every field.

So changing a default does not change stored values. A new field needs a new version: values stored without it
get what its absence meant, not the default. In the first version, jobs lacked the fields whose keys are in
their prompts. In the second one, jobs and messages lacked select menus, and jobs lacked buttons that no row
names and a `traceparent`.
"""

from typing import Final, TypeVar

from pydantic import TypeAdapter

Value = TypeVar("Value")

VERSION: Final = '{"v":3,'


def dump(kind: TypeAdapter[Value], value: Value) -> str:
    """Return a value as JSON."""
    return VERSION + kind.dump_json(value).decode().removeprefix("{")
