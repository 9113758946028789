"""Named moments in the life of the bridge's process, and the order to die at one of them.

The order lies in a file beside the data: a point's name and its how-manieth passage is the last. It is taken
away before the process dies, so that the one that follows lives.
"""

import os
import signal
from collections import Counter
from pathlib import Path
from typing import NoReturn

FOLDER = "CHAOS_FOLDER"


class Points:
    """Looks at each passage whether it is to be the last, and writes down which points there are."""

    def __init__(self, folder: Path) -> None:
        self._order = order_in(folder)
        self._seen = seen_in(folder)
        self._noted: set[str] = set()
        self._passages: Counter[tuple[str, str]] = Counter()

    def passed(self, point: str) -> None:
        """Note a passage; die when the order says so."""
        if point not in self._noted:
            self._note(point)
        order = _read(self._order)
        self._passages[order, point] += 1
        if order == f"{self._passages[order, point]} {point}":
            self._die()

    def _note(self, point: str) -> None:
        self._noted.add(point)
        with self._seen.open("a") as seen:
            seen.write(f"{point}\n")

    def _die(self) -> NoReturn:
        self._order.unlink(missing_ok=True)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("a killed process goes on")


def order_to_die(folder: Path, point: str, passage: int) -> None:
    """Let the process that runs in a folder die when it passes a point for the n-th time from now on."""
    fresh = folder / "fresh"
    fresh.write_text(f"{passage} {point}")
    fresh.replace(order_in(folder))


def withdraw(folder: Path) -> bool:
    """Take an order back; False when it has been obeyed."""
    is_left = order_in(folder).exists()
    order_in(folder).unlink(missing_ok=True)
    return is_left


def passed_in(folder: Path) -> list[str]:
    """Return the points that the process in a folder has passed, each once."""
    return _read(seen_in(folder)).splitlines()


def order_in(folder: Path) -> Path:
    """Return where the order lies."""
    return folder / "die"


def seen_in(folder: Path) -> Path:
    """Return where the points are that were passed."""
    return folder / "points.txt"


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
