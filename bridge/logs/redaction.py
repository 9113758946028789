"""Removes secrets from texts and from structured values."""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from bridge.logs.shapes import HEADERS, REDACTED, SHAPES, is_secret_name, without_shapes
from bridge.ports import HOUR_MS, Clock

SHORTEST_SECRET: Final = 8
ESCAPED: Final = re.compile(r"[^ !#-&(-\[\]-~]")
"""What a line may write in another way than it is; a text without it is redacted with the finished line."""
GENERATION_MS: Final = HOUR_MS
"""How long a generation is: a secret that is not added again in one to two of them is discarded."""
MOST_CHARACTERS: Final = 2_000_000
"""How many characters the secrets of a generation have in all: a full one ends early. A token has 72."""
DEEPEST: Final = 8
"""How deep values may lie in one another; what lies deeper is treated as one text."""
MOST_NAMES: Final = 1024
"""How many names of fields are remembered as ordinary ones; the bridge itself has fewer."""


class Redactor:
    """Removes secrets from text: registered ones, and anything that has the shape of one. Thread-safe.

    The cost of a line does not depend on the number of secrets: they are indexed by their first characters
    and their lengths.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept = Spellings()
        self._young = Spellings()
        self._old = Spellings()
        self._born_ms = clock.monotonic_ms()

    def add(self, secret: str) -> None:
        """Remove this text from every line from now on, unless it has fewer than 8 characters."""
        with self._lock:
            self._kept.add(secret)

    def add_stored(self, secret: str) -> None:
        """Remove this text for at least an hour; code that keeps using the secret adds it again by then.

        Made-up secrets in great numbers shorten that time: they would fill the memory.
        """
        if self._young.has(secret) and self._clock.monotonic_ms() - self._born_ms < GENERATION_MS:
            return
        with self._lock:
            is_full = self._young.characters + len(secret) > MOST_CHARACTERS
            if is_full or self._clock.monotonic_ms() - self._born_ms >= GENERATION_MS:
                self._old, self._young = self._young, Spellings()
                self._born_ms = self._clock.monotonic_ms()
            self._young.add(secret)

    def clean(self, text: str) -> str:
        """Return the text without secrets."""
        return without_shapes(self.clean_prose(text), HEADERS)

    def clean_prose(self, text: str) -> str:
        """Return a person's text without secrets; a word such as "bot" is not treated as a header."""
        found = {secret for told in (self._kept, self._young, self._old) for secret in told.found_in(text)}
        for secret in sorted(found, key=len, reverse=True):
            text = text.replace(secret, REDACTED)
        return without_shapes(text, SHAPES)

    def clean_fields(self, fields: Mapping[str, object]) -> dict[str, object]:
        """Return a record's fields without the secrets that their line would escape, at any depth.

        Whatever stands under the name of a secret is removed. The names are the code's own, hence few.
        """
        cleaned: dict[str, object] = {}
        for name, value in fields.items():
            if _is_ordinary(name):
                cleaned[name] = self._clean_value(value, 1)
            else:
                cleaned[self._clean_text(name)] = self._clean_named(name, value, 1)
        return cleaned

    def _clean_named(self, name: str, value: object, depth: int) -> object:
        return REDACTED if value is not None and is_secret_name(name) else self._clean_value(value, depth)

    def _clean_value(self, value: object, depth: int) -> object:
        if isinstance(value, str):
            return self.clean(value) if ESCAPED.search(value) else value
        if isinstance(value, bytes | bytearray):
            return self.clean(value.decode("utf-8", "backslashreplace"))
        if value is None or isinstance(value, int | float):
            return value
        if depth > DEEPEST or not isinstance(value, Mapping | list | tuple | set | frozenset):
            return self.clean(str(value))
        if isinstance(value, Mapping):
            return {
                self._clean_text(str(name)): self._clean_named(str(name), inner, depth + 1)
                for name, inner in value.items()
            }
        return [self._clean_value(inner, depth + 1) for inner in value]

    def _clean_text(self, text: str) -> str:
        return self.clean(text) if ESCAPED.search(text) else text


class Spellings:
    """Secrets in every form in which a line can contain them, indexed by their first characters and lengths.

    One thread at a time may add; other threads may search meanwhile.
    """

    def __init__(self) -> None:
        self.characters = 0
        """How many characters the secrets have in all."""
        self._secrets: set[str] = set()
        self._by_start: dict[str, tuple[SameLength, ...]] = {}
        self._first_characters: set[str] = set()
        self._first: re.Pattern[str] | None = None

    def has(self, secret: str) -> bool:
        """Return whether a secret was added."""
        return secret in self._secrets

    def add(self, secret: str) -> None:
        """Add a secret, unless it is too short."""
        if len(secret) < SHORTEST_SECRET or secret in self._secrets:
            return
        for spelling in _spelled(secret):
            self._index(spelling)
            self._look_for(spelling[0])
        self._secrets.add(secret)
        self.characters += len(secret)

    def _index(self, spelling: str) -> None:
        """Put a form beside those of the same start and length: a search costs no more than before."""
        start = spelling[:SHORTEST_SECRET]
        known = self._by_start.get(start, ())
        for each in known:
            if each.length == len(spelling):
                each.spellings.add(spelling)
                return
        self._by_start[start] = (*known, SameLength(len(spelling), {spelling}))

    def _look_for(self, first: str) -> None:
        """Search texts for a first character too."""
        if first not in self._first_characters:
            self._first_characters.add(first)
            self._first = re.compile(f"[{''.join(map(re.escape, sorted(self._first_characters)))}]")

    def found_in(self, text: str) -> Iterator[str]:
        """Yield the forms that a text contains."""
        for match in self._first.finditer(text) if self._first else ():
            at = match.start()
            for each in self._by_start.get(text[at : at + SHORTEST_SECRET], ()):
                if (found := text[at : at + each.length]) in each.spellings:
                    yield found


class SameLength:
    """Forms of secrets that begin alike and have the same length; more may be added."""

    __slots__ = ("length", "spellings")

    def __init__(self, length: int, spellings: set[str]) -> None:
        self.length = length
        self.spellings = spellings


@lru_cache(MOST_NAMES)
def _is_ordinary(name: str) -> bool:
    """Return whether the name of a field is written as it is, and says that the value is no secret."""
    return not is_secret_name(name) and ESCAPED.search(name) is None


def _spelled(secret: str) -> set[str]:
    """Return a secret as it is, and as an address, JSON and Python write it."""
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        repr(secret.encode())[2:-1],
    }
