"""What is remembered while a recording runs: the newest of it, however long that is."""

from typing import Final, Generic, TypeVar

MOST: Final = 10_000

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Values by name; of more than `most`, the one that was used longest ago is forgotten."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[str, Value] = {}

    def __contains__(self, name: object) -> bool:
        """Tell whether something is remembered; that is no use of it."""
        return name in self._kept

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._kept)

    def get(self, name: str) -> Value | None:
        """Return a value, None when there is none any more."""
        if name not in self._kept:
            return None
        value = self._kept[name] = self._kept.pop(name)
        return value

    def put(self, name: str, value: Value) -> None:
        """Remember a value as the newest."""
        self._kept.pop(name, None)
        self._kept[name] = value
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
