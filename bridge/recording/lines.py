"""The format of a recording: a JSON header line, then one JSON line per event."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TextIO

from pydantic import TypeAdapter, ValidationError

from bridge.errors import RecordingError

FORM: Final = "pixverse-bridge recording 1"
SELF_ID: Final = "900000000000000000"
"""The id that replaces `<self>` in a recording that is read; those of other people follow it."""

_PERSON: Final = re.compile(r"<self>|<user-(\d{1,6})>")
_PERSON_ID: Final = re.compile(r"\b900000000000(\d{6})\b")


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """One event; `number` is its line in the file, `account` the number of the recorded account."""

    number: int
    account: int
    at_ms: int
    event: str
    data: Mapping[str, Any]


_LINE: Final = TypeAdapter(RecordedLine)


def new_file(path: Path) -> TextIO:
    """Create the file with mode 0600 and write its header; raises `RecordingError`."""
    try:
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
        write(file, {"form": FORM, "version": version("pixverse-bridge")})
    except FileExistsError:
        raise RecordingError(f"{path}: already exists") from None
    except OSError as error:
        raise RecordingError(f"{path}: cannot be written: {error.strerror}") from None
    return file


def write(file: TextIO, content: Mapping[str, object]) -> None:
    """Append a line and flush it."""
    file.write(json.dumps(content, ensure_ascii=False).encode(errors="replace").decode() + "\n")
    file.flush()


def read_lines(path: Path) -> Iterator[RecordedLine]:
    """Yield the events; raises `RecordingError` with the line of an error."""
    try:
        rows = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RecordingError(f"{path}: is not UTF-8 text") from None
    if _parsed(path, 1, rows[0]).get("form") != FORM:
        raise RecordingError(f"{path}: line 1: does not begin a recording of this bridge")
    for number, row in enumerate(rows[1:], 2):
        if row.strip():
            yield _line(path, number, row)


def named(text: str) -> str:
    """Return text with the ids of people replaced by their names in the file."""

    def name(found: re.Match[str]) -> str:
        return "<self>" if int(found[1]) == 0 else f"<user-{int(found[1])}>"

    return _PERSON_ID.sub(name, text)


def _line(path: Path, number: int, row: str) -> RecordedLine:
    """Return a line with ids instead of the names of people, so that mentions can be parsed."""
    parsed = _parsed(path, number, _PERSON.sub(lambda found: _id(found[1]), row))
    try:
        return _LINE.validate_python({**parsed, "number": number})
    except ValidationError:
        raise RecordingError(f"{path}: line {number}: has no account, at_ms, event and data") from None


def _id(number: str | None) -> str:
    return str(int(SELF_ID) + int(number or 0))


def _parsed(path: Path, number: int, row: str) -> dict[str, Any]:
    try:
        parsed = json.loads(row)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise RecordingError(f"{path}: line {number}: is not a JSON object")
    return parsed
