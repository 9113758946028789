"""What is kept as JSON: it begins with its version and has every field.

So a default that changes changes nothing of what was kept before, and what reads knows what it has before it.
A field that comes later takes another version: what was kept without it is given what it means there, not the
default. The first version had jobs without the fields whose keys stand in their prompts.
"""

from typing import Final, TypeVar

from pydantic import TypeAdapter

Value = TypeVar("Value")

VERSION: Final = '{"v":2,'


def dump(kind: TypeAdapter[Value], value: Value) -> str:
    """Return a value as JSON."""
    return VERSION + kind.dump_json(value).decode().removeprefix("{")
