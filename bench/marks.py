"""What tells the measured messages from all others, and how the processes talk: a line of JSON each."""

import json
import re
import sys
from typing import Final, TypeAlias

Heard: TypeAlias = tuple[int, str]
"""A time on the machine's monotonic clock in nanoseconds, and the text that was heard then."""

PROMPT: Final = "bench #slow=86400"
MARK: Final = re.compile(r"\((\d+\.\d{3})%\)$")
MOST: Final = 99_999


def marked(start: str, number: int) -> str:
    """Return the progress text of one measured message: no two are alike, and none says that it is done."""
    return f"{start} ({number // 1000}.{number % 1000:03}%)"


def is_marked(text: str) -> bool:
    """Tell whether a text belongs to the measurement."""
    return number_of(text) >= 0


def number_of(text: str) -> int:
    """Return the number of a measured message, -1 for any other."""
    found = MARK.search(text) if PROMPT in text else None
    return int(found[1].replace(".", "")) if found else -1


def tell(value: object) -> None:
    """Give a value to the process that started this one."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
