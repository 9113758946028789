"""Reads fields of untrusted JSON: an absent field, or one of another type, is `None`."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

Raw: TypeAlias = Mapping[str, object]

_LONE: Final = re.compile(r"[\ud800-\udfff]")
_ID: Final = re.compile(r"[0-9]{1,20}")
_LARGEST: Final = 2**63 - 1
"""The largest number that the database takes."""


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
    """Return the integer of up to 64 bits under `key`; Discord sends some of them as floats."""
    value = raw.get(key) if raw is not None else None
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and abs(value) <= _LARGEST else None


def snowflake(raw: Raw | None, key: str) -> str | None:
    """Return the id under `key` as text, also if it is a number; None for what is no id."""
    value = raw.get(key) if raw is not None else None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST:
        return str(value)
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def nonce(raw: Raw) -> str | None:
    """Return what the client called its request; Discord repeats it as text or as a number."""
    return text(raw, "nonce") or snowflake(raw, "nonce")


def storable(value: object) -> object:
    """Return a JSON value without unpaired surrogates, at any depth."""
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {str(storable(key)): storable(inside) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [storable(inside) for inside in value]
    return value


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
