"""The kinds of planted secrets, how a mark may be spelled, and where each kind may be."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from tests.tools.access import TOKEN


@dataclass(frozen=True)
class Sighting:
    """A secret of a kind that was seen in a place: a kind of place, and which one."""

    kind: str
    place: str
    which: str


MARKS: Final[Mapping[str, tuple[str, ...]]] = {
    "Discord token": ("CANARYdx",),
    "interaction token": ("CANARYix",),
    "API token": ("CANARYax", TOKEN),
    "webhook secret": ("CANARYwA",),
    "encryption key": ("CANARYkA",),
}
"""What every secret of a kind contains. `TOKEN` is the API token that most tests give."""

ALLOWED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "Discord token": {
        "answer": ("/v1/pixverse/account",),
        "file": ("ready.json", ".yaml", ".yml", "example.sh", "example.py", "example.mjs"),
        "output": ("sandbox",),
    },
    "API token": {
        "file": ("ready.json", ".yaml", ".yml"),
        "output": ("serve", "sandbox", "token create"),
    },
    "webhook secret": {
        "answer": ("/v1/pixverse/callbacks/secret",),
        "file": ("ready.json", ".yaml", ".yml"),
        "output": ("webhook-secret",),
    },
    "encryption key": {"file": (".key", "secret.key.new")},
}
"""Where a secret may be: an answer with its scope, what the operator wrote, what a command was run for.

A name in the list is part of the path of an answer, the end of a file's name, or the command of an output.
"""


def sightings(content: bytes, place: str, which: str) -> Iterator[Sighting]:
    """Yield the kinds of secrets that a content holds in any spelling, wherever that is allowed or not."""
    for kind, marks in MARKS.items():
        if any(spelling in content for mark in marks for spelling in spellings(mark)):
            yield Sighting(kind, place, which)


def is_leak(seen: Sighting) -> bool:
    """Return whether a secret is where its kind may not be."""
    names = ALLOWED.get(seen.kind, {}).get(seen.place, ())
    if seen.place == "answer":
        return not any(name in seen.which for name in names)
    if seen.place == "file":
        return not seen.which.endswith(names)
    return not any(f" {name} " in f" {seen.which} " for name in names)


@cache
def spellings(mark: str) -> tuple[bytes, ...]:
    """Return a mark as it is, in an address, in hexadecimal and in base64 behind whatever precedes it."""
    text = mark.encode()
    inside = [_in_base64(text, shift) for shift in range(3)]
    return tuple({text, mark.replace(":", "%3A").encode(), text.hex().encode(), *inside})


def _in_base64(text: bytes, shift: int) -> bytes:
    """Return what base64 makes of a text behind `shift` bytes, whatever these are and whatever follows."""
    coded = base64.b64encode(b"\0" * shift + text).rstrip(b"=")
    return coded[(shift * 8 + 5) // 6 : (shift + len(text)) * 8 // 6]
