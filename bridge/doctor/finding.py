"""A finding of the doctor, and how bad it is."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is. A note is no difference that changes anything for the jobs of today."""

    FINE = "fine"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at (`about`: token, server, … or a verb), and what was found there.

    `code` is what a program compares; `remedy` says what a person can do.
    """

    about: str
    code: str
    level: Level
    found: str
    remedy: str | None = None

    @property
    def is_fine(self) -> bool:
        """Return whether nothing has to be done."""
        return self.level in (Level.FINE, Level.NOTE)


def fine(about: str, found: str) -> Finding:
    """Return the finding of something that is as it should be."""
    return Finding(about, "fine", Level.FINE, found)


def note(about: str, code: str, found: str, remedy: str | None = None) -> Finding:
    """Return a finding that is only worth knowing."""
    return Finding(about, code, Level.NOTE, found, remedy)


def warning(about: str, code: str, found: str, remedy: str | None = None) -> Finding:
    """Return a finding with which most jobs work."""
    return Finding(about, code, Level.WARNING, found, remedy)


def error(about: str, code: str, found: str, remedy: str | None = None) -> Finding:
    """Return a finding with which jobs cannot work."""
    return Finding(about, code, Level.ERROR, found, remedy)
