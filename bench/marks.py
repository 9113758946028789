"""What tells the measured messages from all others, and how the processes talk: a line of JSON each."""

import json
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Heard: TypeAlias = tuple[int, str]
"""A time on the machine's monotonic clock in nanoseconds, and the mark of the message that was heard then."""

PROMPT: Final = "bench"
ENDLESS: Final = "#slow=86400"
MARK: Final = re.compile(r"\((\d+\.\d{3})%\)$")
MOST: Final = 99_999


def marked(start: str, number: int) -> str:
    """Return the progress text of one measured message: no two are alike, and none says that it is done."""
    return f"{start} ({number // 1000}.{number % 1000:03}%)"


def number_of(text: str) -> int:
    """Return the number of a measured progress text, -1 for any other."""
    found = MARK.search(text) if PROMPT in text else None
    return int(found[1].replace(".", "")) if found else -1


def mark_of(message: Mapping[str, Any], id_key: str) -> str | None:
    """Return what a measured message is known by, None for any other: its text, or its id when it has files.

    `message` is Discord's, or the bridge's record of a job; `id_key` is what each calls the message's id.
    """
    content = message.get("content") or ""
    if number_of(content) >= 0:
        return str(content)
    return str(message[id_key]) if message.get("attachments") and PROMPT in content else None


def tell(value: object) -> None:
    """Give a value to the process that started this one."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
