"""The statements of the rows in PostgreSQL's form: `$1` for `:name`, without SQLite's hints."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

PARTS: Final = re.compile(
    r"""
      (?P<text>'(?:[^']|'')*')             # a text: whatever is in it stays
    | (?P<cast>::)
    | :(?P<name>[a-z_][a-z_0-9]*)          # a parameter
    | (?P<hint>\s+INDEXED\s+BY\s+\w+)      # which index SQLite is to use: PostgreSQL has none of it
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement with `$1`, `$2`, …, and the names of their values in this order."""

    text: str
    names: Sequence[str]

    def values(self, given: dict[str, object]) -> Sequence[object]:
        """Return the values of the parameters; raises `KeyError` if one is missing."""
        return [given[name] for name in self.names]


@cache
def prepared(sql: str) -> Prepared:
    """Return a statement in PostgreSQL's form; made once for each, and the code has a few hundred."""
    names: list[str] = []

    def put(part: re.Match[str]) -> str:
        if part["hint"]:
            return ""
        if not part["name"]:
            return part[0]
        if part["name"] not in names:
            names.append(part["name"])
        return f"${names.index(part['name']) + 1}"

    return Prepared(PARTS.sub(put, sql), names)
