"""Reads fields of untrusted JSON: an absent field, or one of another type, is `None`."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

Raw: TypeAlias = Mapping[str, object]

_LONE: Final = re.compile(r"[\ud800-\udfff]")


def mapping(raw: object) -> Raw | None:
    """Return `raw` if it is a JSON object."""
    return raw if isinstance(raw, Mapping) else None


def inner(raw: Raw, *path: str) -> Raw | None:
    """Return the object at `path` in `raw`."""
    found: Raw | None = raw
    for key in path:
        found = mapping(found.get(key)) if found is not None else None
    return found


def text(raw: Raw | None, key: str) -> str | None:
    """Return the text under `key`; an unpaired surrogate cannot be stored and is replaced."""
    value = raw.get(key) if raw is not None else None
    return _LONE.sub("\ufffd", value) if isinstance(value, str) else None


def whole(raw: Raw | None, key: str) -> int | None:
    """Return the integer under `key`; Discord sends some of them as floats."""
    value = raw.get(key) if raw is not None else None
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None


def snowflake(raw: Raw | None, key: str) -> str | None:
    """Return the id under `key` as text, also if it is a number."""
    value = raw.get(key) if raw is not None else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def truth(raw: Raw | None, key: str) -> bool:
    """Return whether `key` is true."""
    return raw is not None and raw.get(key) is True


def objects(raw: Raw | None, key: str) -> tuple[Raw, ...]:
    """Return the objects in the list under `key`, without other values."""
    value = raw.get(key) if raw is not None else None
    return tuple(_only_objects(value)) if isinstance(value, list | tuple) else ()


def _only_objects(values: object) -> Iterator[Raw]:
    if isinstance(values, list | tuple):
        yield from (value for value in values if isinstance(value, Mapping))
