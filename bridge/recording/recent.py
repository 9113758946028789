"""A bounded cache for long recordings: keeps the most recently used values."""

from typing import Final, Generic, TypeVar

MOST: Final = 10_000

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Values by name; beyond `most`, the least recently used one is discarded."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[str, Value] = {}

    def __contains__(self, name: object) -> bool:
        """Return whether there is a value; this does not count as use."""
        return name in self._kept

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self._kept)

    def get(self, name: str) -> Value | None:
        """Return a value, None if there is none."""
        if name not in self._kept:
            return None
        value = self._kept[name] = self._kept.pop(name)
        return value

    def put(self, name: str, value: Value) -> None:
        """Store a value as the most recently used."""
        self._kept.pop(name, None)
        self._kept[name] = value
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
