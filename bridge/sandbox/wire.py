"""JSON, times and ids as they are written on the wire."""

import json
from datetime import UTC, datetime
from typing import Any

__all__ = ["Json", "as_snowflake", "dumps", "timestamp"]

Json = dict[str, Any]


def dumps(value: object) -> str:
    """Write compact JSON, ASCII only."""
    return json.dumps(value, separators=(",", ":"))


def timestamp(at_ms: int) -> str:
    """Write a time as Discord does: ISO 8601 with microseconds and an offset."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="microseconds")


def as_snowflake(value: object) -> int | None:
    """Read an id, which comes as a string or as a number; anything else is None."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else None
